//! The compiled policy: what it is, how it is written, read and digested.

pub mod artifact;
mod body;
mod buckets;
mod capability;
pub mod gates;
pub mod lanes;
mod loaded_shape;
mod names;
mod policy;
pub mod policy_name;
pub mod program;
mod reading;
mod recorded;
mod returns;
mod rule;
mod schema;
mod shape;
pub mod signature;
mod universe;

pub use crate::digest::Digest;
pub use artifact::ArtifactError;
pub use body::{AnyReading, Body, Effect, Grant, Prohibition, Rule, Server, SourceText, Step, Tool, Transport, shared};
pub use capability::{Capability, FullName};
pub use gates::{CallerSet, Gate, Gated, Label, LabelKind, Limit};
pub use lanes::{Credential, Egress, Lanes};
pub use loaded_shape::LoadedShape;
pub use policy::{LoadedTool, Policy};
pub use reading::{DatetimeReading, PathReading, Reading, UrlReading};
pub use recorded::{RecordForm, Recorded};
pub use returns::{CONTENT_TYPES, Links, Returns};
pub use rule::RuleRef;
pub use schema::shape_of;
pub use shape::{IntegerRange, Property, Shape, Type, TypeSet};
pub use signature::SignatureError;
pub use universe::Universe;
