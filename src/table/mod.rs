//! The compiled policy: what it is, how it is written, read and digested.

pub mod artifact;
mod body;
mod names;
mod policy;
mod rule;
mod schema;
mod shape;
mod universe;

pub use crate::digest::Digest;
pub use artifact::ArtifactError;
pub use body::{AnyReading, Body, Effect, Grant, Prohibition, Rule, Server, SourceText, Step, Tool, Transport};
pub use policy::{LoadedTool, Policy};
pub use rule::RuleRef;
pub use schema::shape_of;
pub use shape::{IntegerRange, PathReading, Property, Reading, Shape, Type, TypeSet};
pub use universe::Universe;
