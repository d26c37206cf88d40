//! How much of the Lambda's memory an event and a result may take. Both are small as text, and may be
//! large as values: a process that Lambda kills for its memory could not say why.

/// What there is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory(usize);

impl Memory {
    /// As much as Lambda gives: 128 MB to 10,240 MB.
    pub(crate) fn from_env(get: impl Fn(&str) -> Option<String>) -> Self {
        let megabytes = get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|size| size.parse().ok());
        Self(megabytes.unwrap_or(10_240_usize).saturating_mul(1 << 20))
    }

    /// For an event. Beside it, there are its text, the arguments that are written from it, and the
    /// result.
    pub(crate) fn for_event(self) -> usize {
        self.0 / 3
    }

    /// For a result. Beside it, there are what it is read from, and the answer that holds it.
    pub(crate) fn for_result(self) -> usize {
        self.0 / 6
    }

    pub(crate) fn megabytes(self) -> usize {
        self.0 >> 20
    }
}
