//! What a person or another program reads: figures on standard output, progress on standard error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for people")]

/// A part of the result.
pub(crate) fn print(text: &str) {
    println!("{text}");
}

/// What is done now.
pub(crate) fn progress(text: &str) {
    eprintln!("   {text}");
}

/// The last words of a run that failed.
pub(crate) fn complain(text: &str) {
    eprintln!("\nerror: {text}");
}
