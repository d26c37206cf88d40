//! What a Linux executable asks of the system that loads it.

use object::elf::FileHeader64;
use object::read::elf::{FileHeader as _, VerneedIterator};
use object::{Architecture, Endianness, Object as _};

/// Amazon Linux 2023, which Lambda's `provided.al2023` is, has this glibc.
pub(crate) const LAMBDA: Version = Version(2, 34);

/// A version of glibc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Version {
    /// Reads `2.34`, and `2.2.5` as 2.2.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        Some(Self(numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// The highest glibc that a symbol of this executable needs; `None` for a static one.
pub(crate) fn needed(executable: &[u8]) -> Result<Option<Version>, object::Error> {
    let header = FileHeader64::<Endianness>::parse(executable)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, executable)?;
    let Some((needs, strings)) = sections.gnu_verneed(endian, executable)? else {
        return Ok(None);
    };
    let strings = sections.strings(endian, executable, strings)?;
    let mut highest = None;
    let mut needs: VerneedIterator<'_, FileHeader64<Endianness>> = needs;
    while let Some((_, mut versions)) = needs.next()? {
        while let Some(version) = versions.next()? {
            let name = version.name(endian, strings)?;
            highest = highest.max(parse(name));
        }
    }
    Ok(highest)
}

/// The architecture in Lambda's words.
pub(crate) fn architecture(executable: &[u8]) -> Result<Option<&'static str>, object::Error> {
    Ok(match object::File::parse(executable)?.architecture() {
        Architecture::Aarch64 => Some("arm64"),
        Architecture::X86_64 => Some("x86_64"),
        _ => None,
    })
}

/// `GLIBC_2.34` and `GLIBC_2.2.5`; not `GLIBC_PRIVATE`, nor another library's.
fn parse(name: &[u8]) -> Option<Version> {
    Version::parse(std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse(b"GLIBC_2.2.5"), Some(Version(2, 2)));
        assert!(parse(b"GLIBC_2.34") > parse(b"GLIBC_2.4"));
        assert_eq!(parse(b"GLIBC_PRIVATE"), None);
        assert_eq!(parse(b"GCC_3.0"), None);
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn this_very_test_needs_some_glibc_and_runs_on_this_machine() {
        let executable = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needed = needed(&executable).unwrap();
        assert!(needed > Some(Version(2, 16)), "{needed:?}");
        assert_eq!(architecture(&executable).unwrap(), Some(acceptance::host_architecture()));
    }

    #[test]
    fn what_is_no_executable_is_an_error() {
        assert!(needed(b"#!/bin/sh\n").is_err());
    }
}
