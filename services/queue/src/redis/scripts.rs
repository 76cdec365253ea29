//! The scripts that make each operation atomic.

/// A script with its digest, by which a server that has seen it knows it.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) code: String,
    pub(super) digest: String,
}

/// Every script.
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
        // Whatever a script begins with is run at each call: those that are called most begin with least.
        let [keys, leases, life] =
            [include_str!("keys.lua"), include_str!("leases.lua"), include_str!("life.lua")];
        Self {
            put: script(&[keys, leases, include_str!("put.lua")]),
            claim: script(&[keys, leases, include_str!("claim.lua")]),
            extend: script(&[keys, include_str!("extend.lua")]),
            finish: script(&[keys, include_str!("finish.lua")]),
            release: script(&[keys, leases, include_str!("release.lua")]),
            expire: script(&[keys, leases, include_str!("expire.lua")]),
            depth: script(&[keys, include_str!("depth.lua")]),
            built: script(&[keys, life, include_str!("built.lua")]),
            clear: script(&[keys, life, include_str!("clear.lua")]),
            load: script(&[keys, leases, include_str!("load.lua")]),
            complete: script(&[keys, life, include_str!("complete.lua")]),
        }
    }
}

fn script(parts: &[&str]) -> Script {
    let code = parts.concat();
    let digest = redis::Script::new(&code).get_hash().to_owned();
    Script { code, digest }
}
