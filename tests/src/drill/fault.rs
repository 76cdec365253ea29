//! What breaks in a drill, one at a time.

use std::fmt;
use std::time::Duration;

use hotline::roles::Role;
use hotline_core::testing::Redis;
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::time::sleep;

use super::ground::Ground;
use crate::machine;

/// Something that breaks, for a while or for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A role is killed and started again.
    Kill(Role),
    /// A role is told to end and started again.
    Terminate(Role),
    /// A role hangs.
    Freeze(Role, Duration),
    /// Redis forgets everything.
    FlushRedis,
    /// Redis is killed and comes back empty.
    StopRedis(Duration),
    /// Redis does not answer.
    FreezeRedis(Duration),
    /// The database server crashes and recovers.
    CrashPostgres,
}

impl Fault {
    /// Throws dice for a fault; those that last do so for about `length`.
    pub fn any(dice: &mut StdRng, length: Duration) -> Self {
        let role = Role::ALL[dice.random_range(0..Role::ALL.len())];
        match dice.random_range(0..12) {
            0..5 => Self::Kill(role),
            5 => Self::Terminate(role),
            6 => Self::Freeze(role, length),
            7 | 8 => Self::FlushRedis,
            9 => Self::StopRedis(length),
            10 => Self::FreezeRedis(length),
            _ => Self::CrashPostgres,
        }
    }

    /// Makes it happen and, where that is part of it, pass.
    ///
    /// # Panics
    /// When something does not come back.
    pub async fn strike(self, ground: &mut Ground) {
        match self {
            Self::Kill(role) => {
                ground.processes.kill(role);
                ground.processes.raise(role);
            }
            Self::Terminate(role) => {
                let (status, _) = ground.processes.terminate(role).await;
                assert!(status.success(), "{} ended with {status}", role.name());
                ground.processes.raise(role);
            }
            Self::Freeze(role, length) => freeze(ground.processes.pid(role), length).await,
            Self::FlushRedis => ground.processes.redis.ask::<()>(&redis::cmd("FLUSHALL")),
            Self::StopRedis(length) => {
                ground.processes.redis.stop();
                sleep(length).await;
                ground.processes.redis.start();
            }
            Self::FreezeRedis(length) => freeze(pid_of(&ground.processes.redis), length).await,
            Self::CrashPostgres => ground.postgres.crash(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(role) => write!(formatter, "kill {}", role.name()),
            Self::Terminate(role) => write!(formatter, "terminate {}", role.name()),
            Self::Freeze(role, length) => write!(formatter, "freeze {} for {length:?}", role.name()),
            Self::FlushRedis => write!(formatter, "flush Redis"),
            Self::StopRedis(length) => write!(formatter, "stop Redis for {length:?}"),
            Self::FreezeRedis(length) => write!(formatter, "freeze Redis for {length:?}"),
            Self::CrashPostgres => write!(formatter, "crash PostgreSQL"),
        }
    }
}

/// Returns the process of a Redis server.
///
/// # Panics
/// When it does not answer.
pub fn pid_of(server: &Redis) -> u32 {
    let info: String = server.ask(redis::cmd("INFO").arg("server"));
    let line = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    line.and_then(|pid| pid.trim().parse().ok()).expect("a server knows its process")
}

async fn freeze(pid: u32, length: Duration) {
    machine::signal(pid, "STOP");
    sleep(length).await;
    machine::signal(pid, "CONT");
}
