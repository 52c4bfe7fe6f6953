//! From formulas to a diagram: state by state, each state once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Budget;
use super::formula::{ALWAYS, Formula, Formulas, NEVER, Variable};
use crate::table::program::diagram::{Case, Diagram, Leads, NOTHING, Node, Target};

/// What is undecided: entries by their number, ascending, and what is left of each.
type State = Vec<(u32, Formula)>;

/// What a diagram is to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The first entry that holds; its number is the outcome.
    First,
    /// All entries that hold; the outcome is a place among the sets that can be.
    All,
}

/// A diagram, and with [`Goal::All`] the sets that its outcomes stand for.
pub struct Grown {
    pub diagram: Diagram,
    pub sets: Vec<Vec<u32>>,
}

/// Makes a diagram of entries; `None` if that is more work than is proportionate to them.
pub fn grow(formulas: &mut Formulas, entries: &[(u32, Formula)], goal: Goal, budget: &Budget) -> Option<Grown> {
    let size: usize = entries.iter().map(|(_, formula)| formulas.size(*formula)).sum();
    let mut builder = Builder {
        formulas,
        goal,
        budget: budget.work + budget.work_per_part * size,
        nodes: Vec::new(),
        waiting: Vec::new(),
        known: HashMap::new(),
        sets: HashMap::new(),
        cases: Vec::new(),
    };
    let root = builder.target(entries.iter().copied());
    while let Some((place, state)) = builder.waiting.pop() {
        builder.expand(place, &state)?;
    }
    let mut sets: Vec<(Vec<u32>, u32)> = builder.sets.into_iter().collect();
    sets.sort_by_key(|(_, place)| *place);
    let diagram = Diagram {
        root,
        nodes: builder.nodes,
        cases: builder.cases,
    };
    Some(Grown {
        diagram: in_order(&diagram),
        sets: sets.into_iter().map(|(set, _)| set).collect(),
    })
}

struct Builder<'f> {
    formulas: &'f mut Formulas,
    goal: Goal,
    budget: usize,
    nodes: Vec<Node>,
    waiting: Vec<(usize, State)>,
    known: HashMap<State, u32>,
    sets: HashMap<Vec<u32>, u32>,
    cases: Vec<Case>,
}

impl Builder<'_> {
    fn spend(&mut self, work: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(work)?;
        Some(())
    }

    /// The outcome, or the node, for what is left of the entries.
    fn target(&mut self, entries: impl Iterator<Item = (u32, Formula)>) -> Target {
        let state = self.normal(entries);
        match (self.goal, state.first()) {
            (Goal::First, None) => return Target::outcome(NOTHING),
            (Goal::First, Some((entry, ALWAYS))) => return Target::outcome(*entry),
            (Goal::All, _) if state.iter().all(|(_, formula)| *formula == ALWAYS) => {
                let set: Vec<u32> = state.iter().map(|(entry, _)| *entry).collect();
                let next = u32::try_from(self.sets.len()).unwrap_or(NOTHING);
                return Target::outcome(*self.sets.entry(set).or_insert(next));
            }
            _ => {}
        }
        if let Some(place) = self.known.get(&state) {
            return Target::node(*place);
        }
        let place = self.nodes.len();
        self.nodes.push(Node {
            variable: 0,
            first: 0,
            count: 0,
        });
        let number = u32::try_from(place).unwrap_or(NOTHING);
        self.known.insert(state.clone(), number);
        self.waiting.push((place, state));
        Target::node(number)
    }

    /// Without what cannot matter any more.
    fn normal(&self, entries: impl Iterator<Item = (u32, Formula)>) -> State {
        let mut state = State::new();
        let mut seen = HashSet::new();
        for (entry, formula) in entries {
            // What an earlier entry says too is never the first to hold.
            if formula == NEVER || (self.goal == Goal::First && !seen.insert(formula)) {
                continue;
            }
            state.push((entry, formula));
            if self.goal == Goal::First && formula == ALWAYS {
                break;
            }
        }
        state
    }

    /// Finds the cases of a state's node: sweeps over the classes of one variable, and at each looks only at the
    /// entries whose formulas change there.
    fn expand(&mut self, place: usize, state: &[(u32, Formula)]) -> Option<()> {
        let variable = self.choose(state)?;
        let classes = self.formulas.classes(variable);
        let mut changes: Vec<(u32, usize)> = Vec::new();
        let mut live: BTreeMap<usize, Formula> = BTreeMap::new();
        let (mut edges, mut work) = (Vec::new(), 0);
        for (at, (_, formula)) in state.iter().enumerate() {
            edges.clear();
            self.formulas.edges(*formula, variable, &mut edges);
            edges.retain(|edge| (1..classes).contains(edge));
            edges.sort_unstable();
            edges.dedup();
            changes.extend(edges.iter().map(|edge| (*edge, at)));
            let left = self.formulas.given(*formula, variable, 0, &mut work);
            if left != NEVER {
                live.insert(at, left);
            }
        }
        changes.sort_unstable();
        self.spend(state.len() + changes.len() + work)?;
        let mut cases = vec![Case {
            from: 0,
            to: self.live_target(state, &live)?,
        }];
        for step in changes.chunk_by(|a, b| a.0 == b.0) {
            let Some((class, _)) = step.first().copied() else {
                continue;
            };
            let mut work = step.len();
            for (_, at) in step {
                let formula = state.get(*at).map_or(NEVER, |(_, formula)| *formula);
                match self.formulas.given(formula, variable, class, &mut work) {
                    NEVER => live.remove(at),
                    left => live.insert(*at, left),
                };
            }
            self.spend(work)?;
            let target = self.live_target(state, &live)?;
            if cases.last().is_none_or(|last: &Case| last.to != target) {
                cases.push(Case {
                    from: class,
                    to: target,
                });
            }
        }
        let node = Node {
            variable,
            first: u32::try_from(self.cases.len()).ok()?,
            count: u32::try_from(cases.len()).ok()?,
        };
        self.cases.extend(cases);
        *self.nodes.get_mut(place)? = node;
        Some(())
    }

    fn live_target(&mut self, state: &[(u32, Formula)], live: &BTreeMap<usize, Formula>) -> Option<Target> {
        let mut looked_at = 1;
        let entries: State = live
            .iter()
            .filter_map(|(at, left)| Some((state.get(*at)?.0, *left)))
            .scan(false, |done, entry| {
                looked_at += 1;
                let before = *done;
                *done = self.goal == Goal::First && entry.1 == ALWAYS;
                (!before).then_some(entry)
            })
            .collect();
        self.spend(looked_at)?;
        Some(self.target(entries.into_iter()))
    }

    /// The variable that decides most: the fewer entries are left, and the fewer cases there are, the better.
    fn choose(&self, state: &[(u32, Formula)]) -> Option<Variable> {
        let mut found: BTreeMap<Variable, (f64, f64)> = BTreeMap::new();
        for (_, formula) in state {
            for variable in self.formulas.support(*formula) {
                let (gone, mentions) = found.entry(*variable).or_default();
                *gone += 1.0 - self.formulas.share(*formula, *variable);
                *mentions += 1.0;
            }
        }
        let entries = state.iter().fold(0.0, |n, _| n + 1.0);
        let cost = |variable: Variable, gone: f64, mentions: f64| {
            let cases = f64::from(self.formulas.classes(variable)).min(1.0 + 2.0 * mentions);
            let left = 1.0 + entries - gone;
            cases * left * left
        };
        let costs = found
            .into_iter()
            .map(|(v, (gone, mentions))| (v, cost(v, gone, mentions)));
        let best = costs.reduce(|best, next| if next.1 < best.1 { next } else { best });
        best.map(|(variable, _)| variable)
    }
}

/// The same diagram with every node before those that it leads to.
fn in_order(diagram: &Diagram) -> Diagram {
    let nodes_after = |node: &Node| {
        let cases = diagram.cases_of(*node).iter();
        cases.filter_map(|case| match case.to.leads() {
            Leads::On(place) => Some(place),
            Leads::To(_) => None,
        })
    };
    let mut waits_for = vec![0_u32; diagram.nodes.len()];
    for place in diagram.nodes.iter().flat_map(nodes_after) {
        if let Some(count) = waits_for.get_mut(place) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = Vec::with_capacity(diagram.nodes.len());
    if let Leads::On(root) = diagram.root.leads() {
        order.push(root);
    }
    let mut next = 0;
    while let Some(node) = order.get(next).and_then(|at| diagram.nodes.get(*at)) {
        next += 1;
        for place in nodes_after(node) {
            if let Some(count) = waits_for.get_mut(place) {
                *count -= 1;
                if *count == 0 {
                    order.push(place);
                }
            }
        }
    }
    let mut renumbered = vec![0_u32; diagram.nodes.len()];
    for (new, old) in (0_u32..).zip(&order) {
        if let Some(number) = renumbered.get_mut(*old) {
            *number = new;
        }
    }
    let moved = |target: Target| match target.leads() {
        Leads::To(_) => target,
        Leads::On(place) => Target::node(renumbered.get(place).copied().unwrap_or(0)),
    };
    let mut ordered = Diagram {
        root: moved(diagram.root),
        nodes: Vec::with_capacity(order.len()),
        cases: Vec::with_capacity(diagram.cases.len()),
    };
    for node in order.iter().filter_map(|at| diagram.nodes.get(*at)) {
        ordered.nodes.push(Node {
            first: u32::try_from(ordered.cases.len()).unwrap_or(u32::MAX),
            ..*node
        });
        let cases = diagram.cases_of(*node).iter();
        ordered.cases.extend(cases.map(|case| Case {
            to: moved(case.to),
            ..*case
        }));
    }
    ordered
}
