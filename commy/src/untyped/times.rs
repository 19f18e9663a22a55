//! When a value was published, and how old it is.

use core::time::Duration;
use std::time::SystemTime;

/// The time that is so many nanoseconds after 1970; `None` for 0, which stands for not known, and for
/// one that the system has no number for.
pub(crate) fn time_from(since_1970: u64) -> Option<SystemTime> {
    let since = (since_1970 != 0).then(|| Duration::from_nanos(since_1970))?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// How long ago `published` is at `now`; zero if the clock was put back since, or another one made
/// the time.
pub(crate) fn age_at(now: SystemTime, published: SystemTime) -> Duration {
    now.duration_since(published).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_is_a_time_or_none() {
        assert_eq!(time_from(0), None);
        let second = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        assert_eq!(time_from(1_000_000_000), Some(second));
        for number in [1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX - 1, u64::MAX] {
            let expected = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(number));
            assert_eq!(time_from(number), expected);
        }
    }

    #[test]
    fn an_age_is_never_below_zero() {
        let second = Duration::from_secs(1);
        let now = SystemTime::UNIX_EPOCH + 5 * second;
        assert_eq!(age_at(now, now - 2 * second), 2 * second);
        assert_eq!(age_at(now, now), Duration::ZERO);
        assert_eq!(age_at(now, now + second), Duration::ZERO);
        assert_eq!(age_at(now, time_from(u64::MAX).unwrap()), Duration::ZERO);
    }
}
