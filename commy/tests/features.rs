//! What the features that are passed on to commy-types give a record.
#![cfg(feature = "serde")]

use core::error::Error;

use commy::{FixedOption, FixedString, FixedVec, SmartString, create_reader, create_writer};
use serde::{Deserialize, Serialize};

#[create_writer(filename = "order.bin")]
#[create_reader(filename = "order.bin")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    symbol: FixedString<8>,
    fills: FixedVec<u32, 4>,
    note: SmartString,
    limit: FixedOption<f64>,
}

#[test]
fn a_record_of_containers_can_be_serialized_as_a_whole() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("order.bin");
    let text = r#"{"symbol":"ACME","fills":[3,4],"note":"first","limit":1.5}"#;
    OrderWriter::create_at(&path)?.publish(&serde_json::from_str(text)?);
    let order = OrderReader::open_at(&path)?.snapshot()?;
    assert_eq!(serde_json::to_string(&order)?, text);
    let long = text.replace("ACME", "ACME Incorporated");
    assert!(serde_json::from_str::<Order>(&long).is_err());
    Ok(())
}
