//! The scripts that make each operation atomic.

use redis::Script;

/// Every script, each with its digest computed once.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) put: Script,
    pub(super) claim: Script,
    pub(super) extend: Script,
    pub(super) finish: Script,
    pub(super) release: Script,
    pub(super) expire: Script,
    pub(super) depth: Script,
    pub(super) built: Script,
    pub(super) clear: Script,
    pub(super) load: Script,
    pub(super) complete: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            put: script(include_str!("put.lua")),
            claim: script(include_str!("claim.lua")),
            extend: script(include_str!("extend.lua")),
            finish: script(include_str!("finish.lua")),
            release: script(include_str!("release.lua")),
            expire: script(include_str!("expire.lua")),
            depth: script(include_str!("depth.lua")),
            built: script(include_str!("built.lua")),
            clear: script(include_str!("clear.lua")),
            load: script(include_str!("load.lua")),
            complete: script(include_str!("complete.lua")),
        }
    }
}

fn script(body: &str) -> Script {
    Script::new(&[include_str!("prelude.lua"), body].concat())
}
