//! What a getter reads from decides where the fields are: the getter only names them.

use core::any::Any;
use core::cell::Cell;
use core::mem::offset_of;

use commy::__private::{FieldPlace, FieldSource, Indexed, bytemuck};
use commy::{FixedVec, Mappable, ReadError, create_reader};

#[create_reader(filename = "tank.bin")]
struct Tank {
    level: u32,
    marks: FixedVec<u16, 3>,
    #[commy(pod, id = "pair")]
    pair: [u8; 2],
    valve: u16,
}

/// Knows the fields of `Tank` by their numbers, and keeps them nowhere.
#[derive(Default)]
struct Elsewhere {
    last: Cell<Option<FieldPlace>>,
}

impl Elsewhere {
    /// A number that tells the place, and the element of a sequence there.
    fn number(&self, place: FieldPlace, element: u16) -> u16 {
        self.last.set(Some(place));
        let index = u16::try_from(place.index()).expect("four fields");
        1000 * (index + 1) + element
    }
}

/// `number`, as whatever of the types of `Tank` is asked for.
fn converted<F: 'static>(number: u16) -> F {
    let as_type = |value: &mut dyn Any| value.downcast_mut::<Option<F>>().and_then(Option::take);
    as_type(&mut Some(number))
        .or_else(|| as_type(&mut Some(u32::from(number))))
        .or_else(|| as_type(&mut Some(number.to_be_bytes())))
        .expect("a type of a field of `Tank`")
}

impl FieldSource for Elsewhere {
    type Error = ReadError;

    fn field<F: Mappable>(&self, place: FieldPlace) -> Result<F, ReadError> {
        Ok(converted(self.number(place, 0)))
    }

    fn field_with<F: Mappable, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&F) -> R,
    ) -> Result<R, ReadError> {
        self.field(place).map(|value| read(&value))
    }

    fn field_into<F: Mappable>(&self, place: FieldPlace, target: &mut F) -> Result<(), ReadError> {
        self.field(place).map(|value| *target = value)
    }

    fn pod_field<F: bytemuck::Pod>(&self, place: FieldPlace) -> Result<F, ReadError> {
        Ok(converted(self.number(place, 0)))
    }

    fn sequence_len<S: Indexed>(&self, place: FieldPlace) -> Result<usize, ReadError> {
        Ok(usize::from(self.number(place, 0)))
    }

    fn element<S: Indexed>(
        &self,
        place: FieldPlace,
        index: usize,
    ) -> Result<Option<S::Item>, ReadError> {
        let number = self.number(place, u16::try_from(index).expect("a small index"));
        Ok(Some(converted(number)))
    }
}

#[test]
fn a_getter_names_its_field_and_the_source_says_where_it_is() {
    let tank = TankReader(Elsewhere::default());
    assert_eq!(tank.level(), Ok(1000));
    assert_eq!(tank.marks_len(), Ok(2000));
    assert_eq!(tank.marks_at(7), Ok(Some(2007)));
    assert_eq!(tank.marks_get(7, |mark| mark), Ok(Some(2007)));
    let mut marks = [0; 2];
    assert_eq!((tank.marks_range_into(4, &mut marks), marks), (Ok(2), [2004, 2005]));
    assert_eq!(tank.pair(), Ok(3000_u16.to_be_bytes()));
    assert_eq!(tank.valve(), Ok(4000));
}

#[test]
fn a_place_holds_the_offset_that_the_field_has_in_this_program() {
    let tank = TankReader(Elsewhere::default());
    let reads: [(&dyn Fn(), FieldPlace); 5] = [
        (&|| drop(tank.level()), FieldPlace::new(0, offset_of!(Tank, level))),
        (&|| drop(tank.marks_len()), FieldPlace::new(1, offset_of!(Tank, marks))),
        (&|| drop(tank.marks_at(0)), FieldPlace::new(1, offset_of!(Tank, marks))),
        (&|| drop(tank.pair()), FieldPlace::new(2, offset_of!(Tank, pair))),
        (&|| drop(tank.valve()), FieldPlace::new(3, offset_of!(Tank, valve))),
    ];
    for (read, place) in reads {
        read();
        assert_eq!(tank.0.last.get(), Some(place));
    }
}
