//! Foreign types of which commy knows that they are plain old data, in records that grow.
#![cfg(all(feature = "glam", feature = "half", feature = "uuid"))]

use core::error::Error;

use commy::{FixedVec, create_reader, create_writer};
use glam::{Mat4, Quat, Vec3};
use half::f16;
use uuid::Uuid;

#[create_writer(filename = "body.bin", growable)]
#[create_reader(filename = "body.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Body {
    id: Uuid,
    parent: Option<Uuid>,
    place: Vec3,
    turn: Box<Quat>,
    frame: Mat4,
    weights: [f16; 3],
    path: FixedVec<Vec3, 4>,
    name: String,
}

#[test]
fn foreign_fields_travel_in_a_record_that_grows() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("body.bin");
    let mut writer = BodyWriter::create_at(&path)?;
    let reader = BodyReader::open_at(&path)?;
    let body = Body {
        id: Uuid::from_u128(7),
        parent: Some(Uuid::from_u128(u128::MAX)),
        place: Vec3::new(1.0, -2.0, 3.5),
        turn: Box::new(Quat::from_xyzw(0.0, 1.0, 0.0, 0.0)),
        frame: Mat4::from_translation(Vec3::X),
        weights: [f16::from_f32(0.25), f16::ONE, f16::ZERO],
        path: FixedVec::try_from([Vec3::X, Vec3::Y])?,
        name: "a body".into(),
    };
    writer.publish(&body)?;
    assert_eq!(reader.snapshot()?, body);
    writer.set_place(Vec3::Z)?;
    writer.set_parent(None)?;
    writer.set_turn(Quat::IDENTITY)?;
    assert_eq!(
        (reader.place()?, reader.parent()?, *reader.turn()?),
        (Vec3::Z, None, Quat::IDENTITY)
    );
    let view = reader.pin()?;
    writer.set_id(Uuid::nil())?;
    assert_eq!((view.id()?, view.frame()?, reader.id()?), (body.id, body.frame, Uuid::nil()));
    drop(writer);
    assert_eq!(BodyWriter::create_at(&path)?.weights()?, body.weights);
    Ok(())
}

/// One after the other: each type that a record of fixed size takes.
#[test]
fn every_foreign_type_that_is_known_fits() {
    fn fits<T: commy::Mappable + commy::Growable>() {}

    fits::<glam::Vec2>();
    fits::<Vec3>();
    fits::<glam::Vec4>();
    fits::<Quat>();
    fits::<glam::Mat2>();
    fits::<glam::Mat3>();
    fits::<Mat4>();
    fits::<f16>();
    fits::<half::bf16>();
    fits::<Uuid>();
}
