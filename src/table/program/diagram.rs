//! A decision diagram: from the classes of values to an outcome, one look-up a node.

/// A diagram. A node asks for the class of one variable, and no variable is asked for twice on the way to an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// Where to begin.
    pub(super) root: Target,
    /// The nodes; each leads only to later ones.
    pub(super) nodes: Vec<Node>,
    /// The cases of each node, ascending, and from class 0.
    pub(super) cases: Vec<Case>,
}

/// A question: which class does the variable have?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The variable.
    pub(super) variable: u32,
    /// Its first case.
    pub(super) first: u32,
    /// How many cases it has; never none.
    pub(super) count: u32,
}

/// From which class on a node leads where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The first class.
    pub(super) from: u32,
    /// Where it leads.
    pub(super) to: Target,
}

/// A node or an outcome, as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target(pub(super) u32);

/// Where a target leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To a node, by its place.
    On(usize),
    /// To an outcome.
    To(u32),
}

const OUTCOME: u32 = 1 << 31;

/// The outcome that says that nothing holds.
pub const NOTHING: u32 = OUTCOME - 1;

impl Target {
    pub(super) fn node(at: u32) -> Self {
        Self(at & !OUTCOME)
    }

    pub(super) fn outcome(outcome: u32) -> Self {
        Self(outcome | OUTCOME)
    }

    pub(super) fn leads(self) -> Leads {
        if self.0 & OUTCOME == 0 {
            Leads::On(self.0 as usize)
        } else {
            Leads::To(self.0 & !OUTCOME)
        }
    }
}

impl Diagram {
    /// The outcome for these classes, and how many nodes were asked.
    #[must_use]
    pub fn outcome(&self, classes: &[u32]) -> (u32, u32) {
        let (mut at, mut asked) = (self.root, 0);
        loop {
            let place = match at.leads() {
                Leads::To(outcome) => return (outcome, asked),
                Leads::On(place) => place,
            };
            let next = self.nodes.get(place).and_then(|node| self.case(*node, classes));
            // INVARIANT: nodes lead only to later ones and every node has a case for every class, so this ends and
            // finds one. A diagram that were not so would hold for nothing.
            let Some(next) = next else { return (NOTHING, asked) };
            at = next;
            asked += 1;
        }
    }

    #[inline]
    fn case(&self, node: Node, classes: &[u32]) -> Option<Target> {
        let class = *classes.get(node.variable as usize)?;
        let cases = self.cases_of(node);
        // They ascend from 0, so the case of a class stands no later than the class itself.
        let within = (class as usize).min(cases.len().checked_sub(1)?);
        let case = cases.get(within)?;
        if case.from <= class {
            return Some(case.to);
        }
        let after = cases.partition_point(|case| case.from <= class);
        cases.get(after.checked_sub(1)?).map(|case| case.to)
    }

    /// The cases of a node.
    #[inline]
    pub(super) fn cases_of(&self, node: Node) -> &[Case] {
        let (first, end) = (node.first as usize, node.first as usize + node.count as usize);
        self.cases.get(first..end).unwrap_or_default()
    }

    /// The most nodes that are asked on the way to an outcome.
    #[must_use]
    pub fn depth(&self) -> u32 {
        let mut depths = vec![0_u32; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let cases = self.cases_of(*node).iter();
            let deepest = cases.map(|case| self.depth_of(case.to, &depths)).max().unwrap_or(0);
            if let Some(depth) = depths.get_mut(at) {
                *depth = 1 + deepest;
            }
        }
        self.depth_of(self.root, &depths)
    }

    fn depth_of(&self, target: Target, depths: &[u32]) -> u32 {
        match target.leads() {
            Leads::To(_) => 0,
            Leads::On(place) => depths.get(place).copied().unwrap_or(0),
        }
    }
}
