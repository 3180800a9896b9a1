//! 开通与回收 (provisioning): what must be done to a cloud so that it holds what was approved, and no more.
//!
//! 《办法》第十条(四)(五)(六)(七). Pure: [`plan`] compares what an order desires with what a cloud shows and
//! yields steps as data; `app::provisioning` carries them out and records each, `drivers` know how.
//!
//! - The cloud answers "did it happen?", never our memory: after any crash the plan is simply made again.
//! - Nothing is opened beyond what was approved ([`Refusal::BeyondApproved`]).
//! - What a cloud shows never drives a deletion. Only an order that ended does ([`Ending`]).
//! - What was opened once and is gone is a loss to report ([`Refusal::Lost`]), never silently made anew.
//! - What rests keeps everything that was approved for it, and only does not run ([`Rest`]).
//! - A copy of a disk (快照、备份) is taken once; one that is gone is reported, and none is made under its id again.
//! - What runs and belongs to nobody is adopted as it is ([`Step::Adopt`]): not stopped, nothing written to it.

mod access;
mod copy;
mod drift;
mod engine;
mod observed;
mod operation;
mod plan;
mod resource;
pub mod rest;
mod settings;
mod step;
mod usage;

pub use access::{ANY_PORT, Access, PortRule, SourceNetwork, Transport};
pub use copy::{
    CopiesSeen, CopyAct, CopyKind, CopyProof, CopyStep, DesiredCopy, ObservedCopy, Replaced, Restored, copies_owed,
};
pub use drift::{Difference, differences};
pub use engine::{Capabilities, EngineKind, Health, Manner, Reason};
pub use observed::{Erasure, Found, Mark, Observed, ObservedDisk, ObservedServer, Power, Unowned};
pub use operation::{
    ATTEMPTS_MAX_DEFAULT, OperationCommand, OperationKind, OperationRefusal, OperationState, StepState,
    back_off_seconds, permits, seconds_to_next_look,
};
pub use plan::{Refusal, copying, plan, restoration};
pub use resource::{
    Approved, Dedicated, Desired, DesiredDisk, DiskId, Ending, HostName, NetworkKey, Phase, PhaseKind, Platform,
    Segment, Shape,
};
pub use rest::Rest;
pub use settings::{HostChoice, ImageChoice, Interface, OpenstackSettings, VolumeTypeChoice};
pub use step::{ServerSpec, Step, StepKind};
pub use usage::{Counter, Metric, Usage};

#[cfg(test)]
mod tests;
