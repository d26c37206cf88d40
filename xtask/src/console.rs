//! What a person sees: headings, facts, and values that came from somewhere.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for people")]

use std::io::{IsTerminal as _, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether standard output belongs to a command's result.
static RESULT: AtomicBool = AtomicBool::new(false);

/// From here on, facts go to standard error: standard output is for the command's result alone.
pub(crate) fn leave_output_to_the_result() {
    RESULT.store(true, Ordering::Relaxed);
}

/// Whether a person looks, rather than a file or a CI log.
pub(crate) fn is_terminal() -> bool {
    stdout().is_terminal()
}

/// A step of a command begins.
pub(crate) fn heading(text: &str) {
    if is_terminal() {
        println!("\n\x1b[1m━━ {text}\x1b[0m");
    } else {
        println!("\n━━ {text}");
    }
}

/// A fact about the step.
pub(crate) fn say(text: &str) {
    if RESULT.load(Ordering::Relaxed) {
        eprintln!("   {text}");
    } else {
        println!("   {text}");
    }
}

/// Something that came from outside, shown as it is: JSON, a table, a file.
pub(crate) fn show(text: &str) {
    for line in text.lines() {
        println!("      {line}");
    }
}

/// What another program is to read.
pub(crate) fn print(text: &str) {
    println!("{}", text.trim_end());
}

/// The last words of a command that failed.
pub(crate) fn complain(text: &str) {
    eprintln!("\nerror: {text}");
}

/// A time for people: `0.4 s`, `12 s`, `3 min 5 s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A size for people: two digits of it are shown.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub(crate) fn megabytes(bytes: &[u8]) -> f64 {
    bytes.len() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(12)), "12 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 5 s");
    }
}
