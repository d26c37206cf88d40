//! What the process environment says of Modal.

use std::path::PathBuf;

use crate::secret_string::SecretString;

/// The variables of Modal's own client, under their names there (modal-client 1.6.4, `config.py`).
pub(super) const TOKEN_ID: &str = "MODAL_TOKEN_ID";
pub(super) const TOKEN_SECRET: &str = "MODAL_TOKEN_SECRET";
pub(super) const PROFILE: &str = "MODAL_PROFILE";
pub(super) const ENVIRONMENT: &str = "MODAL_ENVIRONMENT";
pub(super) const SERVER_URL: &str = "MODAL_SERVER_URL";
const CONFIG_PATH: &str = "MODAL_CONFIG_PATH";
const IS_REMOTE: &str = "MODAL_IS_REMOTE";

/// The environment, as far as Modal's settings are in it.
///
/// A variable that is empty hides what the file says, as it does from Modal's own client; only the
/// profile and the file's place are then chosen as without it.
#[derive(Debug, Clone, Default)]
pub struct ModalEnvironment {
    pub(super) token_id: Option<String>,
    pub(super) token_secret: Option<SecretString>,
    pub(super) profile: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) server_url: Option<String>,
    /// Where the file with the profiles would be; `None` where there is none to be read.
    pub(super) config_path: Option<PathBuf>,
}

impl ModalEnvironment {
    /// By a lookup of variables, and not the process itself, so that tests pass a map.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let filled = |name: &str| get(name).filter(|value| !value.is_empty());
        let config_path = filled(CONFIG_PATH)
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(filled("HOME")?).join(".modal.toml")));
        Self {
            token_id: get(TOKEN_ID),
            token_secret: get(TOKEN_SECRET).map(SecretString::new),
            profile: filled(PROFILE),
            environment: get(ENVIRONMENT),
            server_url: get(SERVER_URL),
            // In a Modal container, the file is somebody else's or nobody's.
            config_path: config_path.filter(|_| get(IS_REMOTE).as_deref() != Some("1")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let get = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        ModalEnvironment::read(get).config_path
    }

    #[test]
    fn the_profiles_are_in_the_home_folder_unless_a_variable_says_otherwise() {
        let home = ("HOME", "/home/me");
        assert_eq!(path(&[home]), Some("/home/me/.modal.toml".into()));
        assert_eq!(path(&[home, (CONFIG_PATH, "/etc/modal")]), Some("/etc/modal".into()));
        assert_eq!(path(&[home, (CONFIG_PATH, "")]), Some("/home/me/.modal.toml".into()));
        assert_eq!(path(&[home, (IS_REMOTE, "1")]), None);
        assert_eq!(path(&[]), None);
    }
}
