//! Numbers, times and sizes as people write and read them.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

/// Reads `5s`, `1.5s`, `100ms`, `2m`, `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let refused =
        || format!("expected a number and a unit, as in `5s`, `100ms` or `2m`, found `{text}`");
    let digits =
        text.find(|char: char| !char.is_ascii_digit() && char != '.').ok_or_else(refused)?;
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(refused()),
    };
    let number: f64 = number.parse().map_err(|_| refused())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| refused())
}

/// Reads a fingerprint or its first digits, at least four; returns them in lower case.
pub(crate) fn fingerprint_start(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits.len() {
        4..=32 if are_digits => Ok(digits),
        _ => Err(format!("expected 4 to 32 hexadecimal digits, found `{text}`")),
    }
}

/// A number with its digits in groups of three: `361 216`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A size: `24.9 KiB`.
pub(crate) fn size(bytes: u64) -> String {
    let mut number = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
        if number < 1023.95 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{number:.1} {unit}") };
        }
        number /= 1024.0;
    }
    format!("{number:.1} PiB")
}

/// A rate: `1000.2/s`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        0.0 => "0/s".into(),
        rate if rate < 0.1 => format!("{rate:.3}/s"),
        rate if rate < 100_000.0 => format!("{rate:.1}/s"),
        rate => format!("{}/s", grouped(rate.round() as u64)),
    }
}

/// A time in three digits or so: `1.25 ms`.
pub(crate) fn time(time: Duration) -> String {
    let ns = time.as_nanos() as f64;
    match ns {
        _ if ns < 1e3 => format!("{ns:.0} ns"),
        _ if ns < 1e6 => format!("{:.1} us", ns / 1e3),
        _ if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        _ if ns < 120e9 => format!("{:.2} s", ns / 1e9),
        _ if ns < 7200e9 => format!("{:.0} min", ns / 60e9),
        _ if ns < 172_800e9 => format!("{:.0} h", ns / 3600e9),
        _ => format!("{:.0} days", ns / 86_400e9),
    }
}

/// A moment as RFC 3339 has it, in UTC: `2026-11-28T22:53:05.123456789Z`. `None` before 1970.
pub(crate) fn moment(time: SystemTime) -> Option<String> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let ns = since.subsec_nanos();
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ns:09}Z"))
}

/// Year, month and day of a number of days since 1970, in the Gregorian calendar. Its years are taken from March on, so that the day that
/// leap years add is the last one.
const fn date(days: u64) -> (u64, u64, u64) {
    /// From 0000-03-01 to 1970-01-01.
    const BEFORE: u64 = 719_468;
    const OF_400_YEARS: u64 = 146_097;
    let days = days.saturating_add(BEFORE);
    let (era, day) = (days / OF_400_YEARS, days % OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months of 30 and 31 days alternate as five months of 153 do.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + later, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, ms) in [("5s", 5000), ("1.5s", 1500), ("100ms", 100), ("2m", 120_000), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "5", "s", "-1s", "1..2s", "5 s", "5sec", "1e9s", "99999999999999999999h"] {
            assert!(duration(text).unwrap_err().contains(text), "{text}");
        }
    }

    #[test]
    fn fingerprints_may_be_short_and_not_too_short() {
        assert_eq!(fingerprint_start("0xFAEB").unwrap(), "faeb");
        for text in ["", "fae", "xyzz", "0x", &"a".repeat(33)] {
            assert!(fingerprint_start(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_as_people_read_them() {
        let all = [0, 7, 999, 1000, 361_216, u64::MAX].map(grouped);
        assert_eq!(all, ["0", "7", "999", "1 000", "361 216", "18 446 744 073 709 551 615"]);
        let all = [0, 1023, 1024, 25_498, (1 << 20) - 1, 1 << 40, u64::MAX].map(size);
        assert_eq!(
            all,
            ["0 B", "1023 B", "1.0 KiB", "24.9 KiB", "1.0 MiB", "1.0 TiB", "16384.0 PiB"]
        );
        let all = [0.0, 0.01, 1000.2, 1e6].map(rate);
        assert_eq!(all, ["0/s", "0.010/s", "1000.2/s", "1 000 000/s"]);
        let all = [0, 1500, 2_500_000, 3_000_000_000, 600_000_000_000].map(Duration::from_nanos);
        assert_eq!(all.map(time), ["0 ns", "1.5 us", "2.50 ms", "3.00 s", "10 min"]);
    }

    #[test]
    fn moments_are_days_of_the_calendar() {
        let at = |seconds| moment(UNIX_EPOCH + Duration::new(seconds, 5)).unwrap();
        assert_eq!(at(0), "1970-01-01T00:00:00.000000005Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000000005Z");
        assert_eq!(at(951_868_799), "2000-02-29T23:59:59.000000005Z");
        assert_eq!(at(1_795_906_385), "2026-11-28T22:53:05.000000005Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00.000000005Z");
        assert_eq!(moment(UNIX_EPOCH - Duration::from_secs(1)), None);
    }
}
