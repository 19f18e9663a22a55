//! A record with the kinds of fields that are not in `kinds.rs`, and one value of it.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use std::collections::BTreeMap;

use commy::encoded::{EncodedAligned, Json, JsonData, Postcard, SchemaName};
use commy::{Encoded, SmartVec, create_reader, create_writer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is serialized.
#[derive(Debug, PartialEq, Serialize, Deserialize, SchemaName)]
#[commy(name = "Order")]
pub struct Order {
    pub customer: String,
    pub items: BTreeMap<String, u32>,
    pub paid: Option<f64>,
    pub state: OrderState,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, SchemaName)]
pub enum OrderState {
    Open,
    Sent { parcels: u8 },
}

/// One field of each kind. A golden file holds it, so it stays as it is.
#[create_writer(filename = "more_kinds.bin")]
#[create_reader(filename = "more_kinds.bin")]
#[derive(Debug, PartialEq)]
pub struct MoreKinds {
    pub before: u8,
    pub order: JsonData<Order, 120>,
    pub binary: Encoded<(u16, bool), Postcard, 7>,
    pub unset: JsonData<Vec<u8>, 5>,
    pub aligned: EncodedAligned<Vec<i8>, Json, 20>,
    #[commy(pod, id = "uuid")]
    pub id: Uuid,
    pub short: SmartVec<u16, 20>,
    pub long: SmartVec<u8, 30>,
}

/// What is in the field `order`.
pub fn order() -> Order {
    Order {
        customer: "Grüße \"x\"".to_owned(),
        items: BTreeMap::from([("bolt".to_owned(), 12), ("nut".to_owned(), 70_000)]),
        paid: Some(0.1),
        state: OrderState::Sent { parcels: 2 },
    }
}

/// The value, in which no two fields are alike.
pub fn example() -> MoreKinds {
    MoreKinds {
        before: 3,
        order: Encoded::try_new(&order()).unwrap(),
        binary: Encoded::try_new(&(300, true)).unwrap(),
        unset: Encoded::new(),
        aligned: Encoded::try_new(&vec![-1, 0, 1]).unwrap(),
        id: Uuid::from_bytes(*b"sixteen bytes .."),
        short: SmartVec::try_from([1, 2, 65_535]).unwrap(),
        long: (1..=30).collect(),
    }
}

/// The value as JSON: what was serialized as JSON is as it was, and other bytes are in hexadecimal.
pub const EXAMPLE: &str = concat!(
    r#"{"before":3,"order":{"customer":"Grüße \"x\"","items":{"bolt":12,"nut":70000},"paid":0.1,"#,
    r#""state":{"Sent":{"parcels":2}}},"binary":"ac0201","unset":null,"aligned":[-1,0,1],"#,
    r#""id":"7369787465656e206279746573202e2e","short":[1,2,65535],"long":[1,2,3,4,5,6,7,8,9,10,"#,
    "11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]}",
);
