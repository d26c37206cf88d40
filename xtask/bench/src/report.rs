//! Figures as people and programs read them: a table, lines of JSON, a comparison, BENCHMARKS.md.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::figure::{Earlier, Figure};

/// Where the table stands in BENCHMARKS.md.
const BEGIN: &str = "<!-- The table of `cargo xtask bench --write` begins here. -->";
const END: &str = "<!-- The table ends here. -->";

/// A table in Markdown, which reads well as it is.
pub(crate) fn table(figures: &[Figure]) -> String {
    let head = ["figure", "value", "beside", "ratio", "aim", ""].map(str::to_owned);
    let rows = figures.iter().map(|figure| {
        let beside = figure.beside.as_ref();
        [
            figure.name.clone(),
            format!("{} {}", number(figure.value), figure.unit),
            beside.map(|b| format!("{}: {}", b.name, number(b.value))).unwrap_or_default(),
            figure.ratio().map(number).unwrap_or_default(),
            figure.aim.map(|aim| aim.in_words(figure.unit)).unwrap_or_default(),
            match figure.met() {
                Some(true) => "met".to_owned(),
                Some(false) => "**missed**".to_owned(),
                None => String::new(),
            },
        ]
    });
    in_columns(std::iter::once(head).chain(rows).collect())
}

/// How each figure has changed since a run that wrote `earlier` with `--json`.
pub(crate) fn comparison(figures: &[Figure], earlier: &str) -> Result<String, Error> {
    let earlier: Vec<Earlier> = earlier
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(Error::because("read the earlier run"))?;
    let head = ["figure", "beside", "before", "now", "change"].map(str::to_owned);
    let rows = figures.iter().filter_map(|figure| {
        let before = earlier.iter().find(|earlier| earlier.is(figure))?.value;
        let change = match before {
            0.0 => String::new(),
            before => format!("{:+.0} %", (figure.value / before - 1.0) * 100.0),
        };
        let now = format!("{} {}", number(figure.value), figure.unit);
        let beside = figure.beside.as_ref().map(|beside| beside.name.clone()).unwrap_or_default();
        Some([figure.name.clone(), beside, number(before), now, change])
    });
    Ok(in_columns(std::iter::once(head).chain(rows).collect()))
}

/// Puts text between the two marks of BENCHMARKS.md.
pub(crate) fn write_into(file: &Path, text: &str) -> Result<(), Error> {
    let attempt = |verb: &str| format!("{verb} {}", file.display());
    let whole = fs::read_to_string(file).map_err(Error::io(attempt("read")))?;
    let whole = between_marks(&whole, text)
        .ok_or_else(|| Error::Unusable(format!("{} has no place for a table", file.display())))?;
    fs::write(file, whole).map_err(Error::io(attempt("write")))
}

fn between_marks(whole: &str, text: &str) -> Option<String> {
    let (before, rest) = whole.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", text.trim()))
}

/// Three digits that matter, and no more.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        medium if medium >= 10.0 => format!("{value:.1}"),
        small if small >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn in_columns<const N: usize>(rows: Vec<[String; N]>) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<_> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
        })
        .collect();
    let rule: Vec<_> = widths.iter().map(|width| "-".repeat(*width.max(&3))).collect();
    lines.insert(1, format!("| {} |", rule.join(" | ")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::figure::Aim;

    fn figures() -> [Figure; 3] {
        [
            Figure::new("cold", 4.0, "ms").beside("node", 300.0).aim(Aim::TimesBetter(50.0)),
            Figure::new("warm", 0.3512, "ms").beside("floor", 0.03).aim(Aim::TimesAtMost(10.0)),
            Figure::new("zip", 1.245, "MB"),
        ]
    }

    #[test]
    fn the_table_says_what_is_met_and_what_is_missed() {
        expect![[r#"
            | figure | value    | beside       | ratio | aim                      |            |
            | ------ | -------- | ------------ | ----- | ------------------------ | ---------- |
            | cold   | 4 ms     | node: 300    | 75    | at least 50 times better | met        |
            | warm   | 0.351 ms | floor: 0.030 | 11.7  | at most 10 times as much | **missed** |
            | zip    | 1.25 MB  |              |       |                          |            |"#]]
        .assert_eq(&table(&figures()));
    }

    #[test]
    fn a_comparison_has_what_both_runs_measured() {
        let earlier = r#"
{"name":"cold","value":5.0,"unit":"ms","baseline":300.0,"beside":"node","ratio":60.0}
{"name":"gone","value":1.0,"unit":"ms","baseline":null,"beside":null}
"#;
        expect![[r#"
            | figure | beside | before | now  | change |
            | ------ | ------ | ------ | ---- | ------ |
            | cold   | node   | 5      | 4 ms | -20 %  |"#]]
        .assert_eq(&comparison(&figures(), earlier).unwrap());
    }

    #[test]
    fn a_file_that_no_run_wrote_is_not_compared_with() {
        let error = comparison(&figures(), "figure, value").unwrap_err().to_string();
        assert!(error.starts_with("cannot read the earlier run: "), "{error}");
    }

    #[test]
    fn a_new_table_takes_the_place_of_the_old_one() {
        let file = format!("# Title\n\n{BEGIN}\nold\n{END}\n\nProse.\n");
        let written = between_marks(&file, "| new |").unwrap();
        assert_eq!(written, format!("# Title\n\n{BEGIN}\n\n| new |\n\n{END}\n\nProse.\n"));
        assert_eq!(between_marks("# Title\n", "| new |"), None);
    }
}
