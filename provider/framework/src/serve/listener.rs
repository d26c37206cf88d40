//! The socket that Terraform connects to: a unix socket, or TCP where there is none.

use std::io;
#[cfg(unix)]
use std::path::Path;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::connection::Io;
use super::environment::Environment;

/// A bound socket.
#[derive(Debug)]
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// Where a socket is. The file of a unix socket goes when this does.
#[derive(Debug)]
pub(super) struct Address {
    /// `unix` or `tcp`: go-plugin's words.
    pub(super) network: &'static str,
    /// The socket's path, or host and port.
    pub(super) location: String,
}

impl Drop for Address {
    fn drop(&mut self) {
        if self.network == "unix" {
            let _ = std::fs::remove_file(&self.location);
        }
    }
}

/// Binds a unix socket, or a TCP port if that fails: on Windows, and where the path of the folder
/// for temporary files is too long for a socket's address.
pub(super) async fn bind(environment: &Environment) -> io::Result<(Listener, Address)> {
    #[cfg(unix)]
    match bind_unix(&environment.socket_dir) {
        Ok(bound) => return Ok(bound),
        Err(error) => tracing::debug!(%error, "no unix socket, so a TCP port"),
    }
    let mut last = io::Error::other("the range of ports is empty");
    for port in environment.ports.clone() {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => {
                let location = listener.local_addr()?.to_string();
                return Ok((Listener::Tcp(listener), Address { network: "tcp", location }));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(unix)]
fn bind_unix(dir: &Path) -> io::Result<(Listener, Address)> {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    // A process that was killed leaves its file behind, and a process id comes round again.
    for attempt in 0..100 {
        let path = dir.join(format!("plugin{}-{attempt}", std::process::id()));
        // The address is told as text.
        let Some(location) = path.to_str().map(str::to_owned) else { break };
        match UnixListener::bind(&path) {
            Ok(listener) => {
                let address = Address { network: "unix", location };
                // The owner alone may connect, whatever the umask says.
                set_permissions(&path, Permissions::from_mode(0o600))?;
                return Ok((Listener::Unix(listener), address));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("no path in the socket folder will do"))
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<Box<dyn Io>> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                // Small frames both ways: Nagle and delayed ACK cost 40 ms a call otherwise.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use tracing::level_filters::LevelFilter;

    use super::*;

    fn environment(socket_dir: PathBuf) -> Environment {
        Environment {
            started_by_terraform: true,
            client_certificate: None,
            socket_dir,
            ports: 0..=0,
            log_level: LevelFilter::OFF,
            log_levels: BTreeMap::new(),
        }
    }

    #[tokio::test]
    async fn the_socket_is_its_owners_and_goes_with_its_address() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let (_listener, address) = bind(&environment(dir.path().to_owned())).await.unwrap();
        let path = PathBuf::from(&address.location);

        assert_eq!(address.network, "unix");
        assert_eq!(path.parent(), Some(dir.path()));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);

        drop(address);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_left_behind_is_not_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let environment = environment(dir.path().to_owned());
        let (_first, first) = bind(&environment).await.unwrap();
        let (_second, second) = bind(&environment).await.unwrap();
        assert_ne!(first.location, second.location);
    }

    #[tokio::test]
    async fn a_folder_with_too_long_a_path_means_tcp_on_loopback() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();

        let (_listener, address) = bind(&environment(long)).await.unwrap();

        assert_eq!(address.network, "tcp");
        assert!(address.location.starts_with("127.0.0.1:"), "{}", address.location);
    }
}
