//! Where in an object something is.

use std::fmt;

use crate::value::{Number, Value, quote};

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// To an attribute of an object, or to a block.
    Attribute(String),
    /// To an element of a map.
    Key(String),
    /// To an element of a list or a tuple.
    Index(i64),
    /// To an element of a set, which is its own address.
    Element(Box<Value>),
    /// To whichever element: a path in a type.
    Any,
}

/// The steps from the whole object to a part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(Vec<Step>);

impl Path {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    #[must_use]
    pub fn attribute(&self, name: &str) -> Self {
        self.with(Step::Attribute(name.to_owned()))
    }

    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    #[must_use]
    pub fn element(&self, element: &Value) -> Self {
        self.with(Step::Element(Box::new(element.clone())))
    }

    /// How Go source would write it.
    pub(crate) fn go(&self) -> String {
        let steps: Vec<_> = self
            .0
            .iter()
            .map(|step| match step {
                Step::Attribute(name) => format!("cty.GetAttrStep{{Name:{}}}", quote(name)),
                Step::Key(key) => format!("cty.IndexStep{{Key:cty.StringVal({})}}", quote(key)),
                Step::Index(index) => {
                    let index = Number::from(*index).go();
                    format!("cty.IndexStep{{Key:cty.NumberIntVal({index})}}")
                }
                Step::Element(element) => format!("cty.IndexStep{{Key:{}}}", element.go()),
                Step::Any => "cty.IndexStep{Key:cty.DynamicVal}".to_owned(),
            })
            .collect();
        if steps.is_empty() {
            return "cty.Path(nil)".to_owned();
        }
        format!("cty.Path{{{}}}", steps.join(", "))
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

/// As Terraform shows it after an address: `.rule[0].port`, `.tags["env"]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{}]", quote(key))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Element(element) => match &**element {
                    Value::String(text) => write!(f, "[{}]", quote(text))?,
                    Value::Number(number) => write!(f, "[{}]", number.go())?,
                    Value::Null(_) => f.write_str("[null]")?,
                    Value::Unknown(..) => f.write_str("[(not yet known)]")?,
                    _ => f.write_str("[...]")?,
                },
                Step::Any => f.write_str("[(not yet known)]")?,
            }
        }
        Ok(())
    }
}
