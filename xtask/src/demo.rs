//! demo
use crate::Context;
use crate::error::Error;
use acceptance::Core;
pub(crate) fn run(_context: &Context, _core: Core) -> Result<(), Error> {
    Ok(())
}
