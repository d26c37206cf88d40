//! Zips with one program in them, the same bytes for the same program.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::Error;

/// One executable entry, and nothing of when or where it was made.
pub(crate) fn program(name: &str, executable: &[u8]) -> Result<Vec<u8>, Error> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = zip
        .start_file(name, options)
        .and_then(|()| Ok(zip.write_all(executable)?))
        .and_then(|()| zip.finish());
    match packed {
        Ok(bytes) => Ok(bytes.into_inner()),
        Err(error) => Err(Error::Unusable(format!("cannot pack {name}: {error}"))),
    }
}

/// Who reads the file meanwhile sees the old one or the new one.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let attempt = || format!("write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io(attempt()))?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(".draft");
    fs::write(&draft, bytes).map_err(Error::io(attempt()))?;
    fs::rename(&draft, path).map_err(Error::io(attempt()))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn a_package_is_one_executable_entry_without_a_date() {
        let packed = program("bootstrap", b"program").unwrap();
        let mut zip = ZipArchive::new(Cursor::new(packed)).unwrap();
        assert_eq!(zip.len(), 1);
        let mut entry = zip.by_name("bootstrap").unwrap();
        assert_eq!(entry.unix_mode().unwrap() & 0o777, 0o755);
        assert_eq!(entry.last_modified(), Some(DateTime::default()));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"program");
    }

    #[test]
    fn the_same_program_makes_the_same_package() {
        assert_eq!(program("a", b"program").unwrap(), program("a", b"program").unwrap());
    }
}
