//! A figure: a value, what stands beside it, and what it should be.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One line of the report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) beside: Option<Beside>,
    pub(crate) aim: Option<Aim>,
}

/// What a value is compared with, measured in the same run and in the same unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Beside {
    pub(crate) name: String,
    pub(crate) value: f64,
}

/// What a value should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    AtMost(f64),
    /// What stands beside it is at least so many times as much.
    TimesBetter(f64),
    /// It is at most so many times what stands beside it.
    TimesAtMost(f64),
    /// It is at most so much more than what stands beside it.
    MoreAtMost(f64),
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, beside: None, aim: None }
    }

    pub(crate) fn beside(mut self, name: impl Into<String>, value: f64) -> Self {
        self.beside = Some(Beside { name: name.into(), value });
        self
    }

    pub(crate) fn aim(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    /// How the value stands to what is beside it, in the direction in which the aim is said: how many
    /// times better, or how many times as much. Without an aim, how many times better.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let beside = self.beside.as_ref()?.value;
        let (over, under) = match self.aim {
            Some(Aim::TimesAtMost(_) | Aim::MoreAtMost(_)) => (self.value, beside),
            _ => (beside, self.value),
        };
        (under != 0.0).then_some(over / under)
    }

    /// Whether it is as it should be; `None` without an aim, or where nothing stands beside it.
    pub(crate) fn met(&self) -> Option<bool> {
        let beside = || Some(self.beside.as_ref()?.value);
        Some(match self.aim? {
            Aim::AtMost(most) => self.value <= most,
            Aim::TimesBetter(times) => beside()? >= times * self.value,
            Aim::TimesAtMost(times) => self.value <= times * beside()?,
            Aim::MoreAtMost(more) => self.value <= beside()? + more,
        })
    }

    /// One line of `--json`.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "baseline": self.beside.as_ref().map(|beside| beside.value),
            "beside": self.beside.as_ref().map(|beside| &beside.name),
            "ratio": self.ratio(),
            "aim": self.aim.map(|aim| aim.in_words(self.unit)),
            "met": self.met(),
        })
    }
}

impl Aim {
    pub(crate) fn in_words(self, unit: &str) -> String {
        match self {
            Self::AtMost(most) => format!("at most {most} {unit}"),
            Self::TimesBetter(times) => format!("at least {times} times better"),
            Self::TimesAtMost(times) => format!("at most {times} times as much"),
            Self::MoreAtMost(more) => format!("at most {more} {unit} more"),
        }
    }
}

/// What `--compare` needs of a line that an earlier run wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Earlier {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) beside: Option<String>,
}

impl Earlier {
    /// Whether it is the same figure, of another run.
    pub(crate) fn is(&self, figure: &Figure) -> bool {
        let beside = figure.beside.as_ref().map(|beside| beside.name.as_str());
        self.name == figure.name && self.beside.as_deref() == beside
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn figure(value: f64, beside: f64, aim: Aim) -> Figure {
        Figure::new("first", value, "ms").beside("the peer", beside).aim(aim)
    }

    #[test]
    fn an_aim_is_met_up_to_its_edge_and_not_beyond() {
        for (aim, met, missed) in [
            (Aim::AtMost(4.0), 4.0, 4.1),
            (Aim::TimesBetter(5.0), 20.0, 20.1),
            (Aim::TimesAtMost(0.5), 50.0, 50.1),
            (Aim::MoreAtMost(60.0), 160.0, 160.1),
        ] {
            assert_eq!(figure(met, 100.0, aim).met(), Some(true), "{aim:?}");
            assert_eq!(figure(missed, 100.0, aim).met(), Some(false), "{aim:?}");
        }
    }

    #[test]
    fn without_anything_beside_it_nobody_knows_whether_it_is_quicker() {
        let figure = Figure::new("first", 1.0, "ms").aim(Aim::TimesBetter(5.0));
        assert_eq!((figure.met(), figure.ratio()), (None, None));
    }

    #[test]
    fn a_line_says_all_of_a_figure() {
        let line = figure(2.0, 100.0, Aim::TimesBetter(40.0)).to_json();
        expect![[r#"{"name":"first","value":2.0,"unit":"ms","baseline":100.0,"beside":"the peer","ratio":50.0,"aim":"at least 40 times better","met":true}"#]]
            .assert_eq(&line.to_string());
        let line = figure(8.0, 2.0, Aim::TimesAtMost(10.0)).to_json();
        assert_eq!(line["ratio"], 4.0);
    }

    #[test]
    fn a_line_of_an_earlier_run_is_known_again() {
        let now = figure(2.0, 100.0, Aim::AtMost(4.0));
        let earlier: Earlier = serde_json::from_value(now.to_json()).unwrap();
        assert!(earlier.is(&now));
        assert!(!earlier.is(&now.clone().beside("another", 1.0)));
    }
}
