//! Between the object of a resource, by name, and its Rust struct, by field.

use crate::diagnostics::Diagnostic;
use crate::dynamic::{Dynamic, Object};
use crate::value::{self, Element, Misfit, Value};

/// A struct with a field for each attribute and block of a schema.
pub trait Model: Sized + Clone + Default + Send + Sync + 'static {
    /// Takes every attribute and block from `object`.
    fn read(object: &mut ObjectReader) -> Self;

    /// Puts every attribute and block into `object`.
    fn write(self, object: &mut ObjectWriter);
}

/// Hands out each member of an object once, and complains of those left over.
#[derive(Debug)]
pub struct ObjectReader {
    object: Object,
    faults: Vec<String>,
}

impl ObjectReader {
    /// The attribute `name`. A collection with an unknown part is unknown as a whole.
    pub fn take<T: Element>(&mut self, name: &str) -> Value<T> {
        let Some(value) = self.object.remove(name) else {
            self.faults.push(format!("attribute {name:?} is in the model but not in the schema"));
            return Value::Null;
        };
        value::read(value).unwrap_or_else(|misfit| {
            self.faults.push(match misfit {
                Misfit::Null => format!("attribute {name:?} contains null"),
                _ => format!("attribute {name:?} has another type in the model"),
            });
            Value::Null
        })
    }

    /// The blocks `name`, in order. Unknown where a `dynamic` block's `for_each` is.
    pub fn take_blocks<M: Model>(&mut self, name: &str) -> Value<Vec<M>> {
        match self.object.remove(name) {
            Some(Dynamic::List(elements) | Dynamic::Set(elements)) => elements
                .into_iter()
                .map(|element| match element {
                    Dynamic::Map(object) => Some(self.nested(name, object)),
                    _ => None,
                })
                .collect::<Option<_>>()
                .map_or(Value::Unknown, Value::Known),
            Some(Dynamic::Unknown) => Value::Unknown,
            _ => {
                self.faults.push(format!("{name:?} is no repeated block in the schema"));
                Value::Null
            }
        }
    }

    /// The single block `name`.
    pub fn take_block<M: Model>(&mut self, name: &str) -> Value<M> {
        match self.object.remove(name) {
            Some(Dynamic::Map(object)) => Value::Known(self.nested(name, object)),
            Some(Dynamic::Null) => Value::Null,
            Some(Dynamic::Unknown) => Value::Unknown,
            _ => {
                self.faults.push(format!("{name:?} is no single block in the schema"));
                Value::Null
            }
        }
    }

    fn nested<M: Model>(&mut self, name: &str, object: Object) -> M {
        let mut reader = Self { object, faults: Vec::new() };
        let model = M::read(&mut reader);
        self.faults.extend(reader.finish().into_iter().map(|fault| format!("{name}: {fault}")));
        model
    }

    /// What did not fit.
    fn finish(mut self) -> Vec<String> {
        let rest = std::mem::take(&mut self.object);
        self.faults.extend(
            rest.into_keys().map(|name| format!("{name:?} is in the schema but not in the model")),
        );
        self.faults
    }
}

/// Reads a whole model. Fails where schema and model disagree, which is a bug of the provider.
pub(crate) fn read<M: Model>(object: Object) -> Result<M, Diagnostic> {
    let mut reader = ObjectReader { object, faults: Vec::new() };
    let model = M::read(&mut reader);
    let faults = reader.finish();
    if faults.is_empty() {
        Ok(model)
    } else {
        Err(Diagnostic::bug(format!("{}.", faults.join("; "))))
    }
}

/// Collects the members of an object.
#[derive(Debug, Default)]
pub struct ObjectWriter {
    object: Object,
}

impl ObjectWriter {
    pub fn put<T: Element>(&mut self, name: &str, value: Value<T>) {
        self.object.insert(name.to_owned(), value::write(value));
    }

    /// Puts repeated blocks where order means something.
    pub fn put_blocks<M: Model>(&mut self, name: &str, blocks: Value<Vec<M>>) {
        let blocks = match blocks {
            Value::Known(blocks) => {
                Dynamic::List(blocks.into_iter().map(|block| Dynamic::Map(write(block))).collect())
            }
            Value::Null => Dynamic::List(Vec::new()),
            Value::Unknown => Dynamic::Unknown,
        };
        self.object.insert(name.to_owned(), blocks);
    }

    /// Puts repeated blocks where order means nothing.
    pub fn put_block_set<M: Model>(&mut self, name: &str, blocks: Value<Vec<M>>) {
        let blocks = match blocks {
            Value::Known(blocks) => {
                Dynamic::Set(blocks.into_iter().map(|block| Dynamic::Map(write(block))).collect())
            }
            Value::Null => Dynamic::Set(Vec::new()),
            Value::Unknown => Dynamic::Unknown,
        };
        self.object.insert(name.to_owned(), blocks);
    }

    /// Puts a single block.
    pub fn put_block<M: Model>(&mut self, name: &str, block: Value<M>) {
        let block = match block {
            Value::Known(block) => Dynamic::Map(write(block)),
            Value::Null => Dynamic::Null,
            Value::Unknown => Dynamic::Unknown,
        };
        self.object.insert(name.to_owned(), block);
    }
}

/// Writes a whole model.
pub(crate) fn write<M: Model>(model: M) -> Object {
    let mut writer = ObjectWriter::default();
    model.write(&mut writer);
    writer.object
}

/// Writes a model of which every value must be known by now.
pub(crate) fn known<M: Model>(model: M) -> Result<Object, Diagnostic> {
    let object = write(model);
    match object.iter().find(|(_, value)| value.has_unknown()) {
        Some((name, _)) => Err(not_known(name)),
        None => Ok(object),
    }
}

/// That the provider did not give an attribute a value.
pub(crate) fn not_known(name: &str) -> Diagnostic {
    Diagnostic::bug(format!("The attribute {name:?} is still not known.")).at(name)
}

/// For what has no attributes, such as the identity of a resource type that has none.
impl Model for () {
    fn read(_: &mut ObjectReader) -> Self {}

    fn write(self, _: &mut ObjectWriter) {}
}

/// Every attribute by name, for resources whose schema is made at run time.
impl Model for Object {
    fn read(object: &mut ObjectReader) -> Self {
        std::mem::take(&mut object.object)
    }

    fn write(self, object: &mut ObjectWriter) {
        object.object.extend(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource_type;
    use crate::schema::{Attribute, Block, Schema};

    #[derive(Debug, Clone, Default, PartialEq)]
    struct Thing {
        name: Value<String>,
        rules: Value<Vec<Rule>>,
    }

    #[derive(Debug, Clone, Default, PartialEq)]
    struct Rule {
        port: Value<i64>,
    }

    impl Model for Thing {
        fn read(object: &mut ObjectReader) -> Self {
            Self { name: object.take("name"), rules: object.take_blocks("rule") }
        }

        fn write(self, object: &mut ObjectWriter) {
            let Self { name, rules } = self;
            object.put("name", name);
            object.put_blocks("rule", rules);
        }
    }

    impl Model for Rule {
        fn read(object: &mut ObjectReader) -> Self {
            Self { port: object.take("port") }
        }

        fn write(self, object: &mut ObjectWriter) {
            object.put("port", self.port);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let thing = Thing {
            name: "a".into(),
            rules: Value::Known(vec![
                Rule { port: Value::Known(1) },
                Rule { port: Value::Unknown },
            ]),
        };
        assert_eq!(read(write(thing.clone())), Ok(thing));
    }

    /// Blocks whose order means nothing.
    #[derive(Debug, Clone, Default, PartialEq)]
    struct Doors {
        doors: Value<Vec<Rule>>,
    }

    impl Model for Doors {
        fn read(object: &mut ObjectReader) -> Self {
            Self { doors: object.take_blocks("door") }
        }

        fn write(self, object: &mut ObjectWriter) {
            object.put_block_set("door", self.doors);
        }
    }

    #[test]
    fn blocks_in_a_set_are_one() {
        let rule = |port| Rule { port: Value::Known(port) };
        let doors = |ports: &[i64]| Doors {
            doors: Value::Known(ports.iter().copied().map(rule).collect()),
        };
        assert_eq!(write(doors(&[1, 2])), write(doors(&[2, 1])));
        assert_eq!(read(write(doors(&[1, 2]))), Ok(doors(&[1, 2])));

        let port = Attribute::number("Port.").required();
        let schema =
            Schema::new("A house.").block("door", Block::set("A door.").attribute("port", port));
        assert_eq!(resource_type::model_fits::<Doors>(&schema), Ok(()));
    }

    #[test]
    fn a_schema_and_a_model_that_differ_are_a_bug() {
        let object = Object::from([
            ("name".to_owned(), 1.into()),
            ("rule".to_owned(), Dynamic::List(vec![])),
            ("extra".to_owned(), Dynamic::Null),
        ]);
        let detail = read::<Thing>(object).unwrap_err().detail;
        let first = detail.lines().next().unwrap();
        assert_eq!(
            first,
            r#"attribute "name" has another type in the model; "extra" is in the schema but not in the model."#
        );
    }

    #[test]
    fn blocks_of_a_dynamic_block_may_be_unknown() {
        let object = Object::from([
            ("name".to_owned(), Dynamic::Null),
            ("rule".to_owned(), Dynamic::Unknown),
        ]);
        assert_eq!(read::<Thing>(object).unwrap().rules, Value::Unknown);
    }
}
