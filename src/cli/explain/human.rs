//! A summary for people.

use textwrap::core::display_width;

use super::summary::{GrantSummary, LaneSummary, Parameter, ProhibitionSummary, RuleSummary, Summary, ToolSummary};
use crate::diagnostic::visible_line;
use crate::table::FullName;

/// The whole of it. What stands in an artifact was written by others: nothing in it steers a terminal.
pub fn written(summary: &Summary) -> String {
    let environment = summary
        .environment
        .as_deref()
        .map_or(String::new(), |name| format!(" for {}", visible_line(name)));
    let mut lines = vec![
        format!("{}{environment}", visible_line(&summary.policy)),
        summary.artifact.to_string(),
    ];
    for named in summary.credentials.iter().chain(&summary.egress) {
        lines.push(String::new());
        lines.extend(named.text.lines().map(visible_line));
    }
    if summary.egress_advisory {
        lines.push(String::new());
        lines.push("egress advisory".to_owned());
    }
    for server in &summary.servers {
        if !server.options.is_empty() {
            lines.push(String::new());
            lines.push(visible_line(&format!("{}: {}", server.name, server.options.join("; "))));
        }
        if !server.lanes.is_empty() {
            lines.push(String::new());
            lines.extend(server.lanes.iter().map(|lane| of_lane(&server.name, lane)));
        }
        for tool in &server.granted {
            lines.push(String::new());
            lines.push(visible_line(&FullName(&server.name, &tool.name).to_string()));
            lines.extend(of_tool(tool));
        }
        if !server.not_granted.is_empty() {
            let names: Vec<String> = server
                .not_granted
                .iter()
                .map(|tool| FullName(&server.name, tool).to_string())
                .collect();
            lines.push(String::new());
            lines.push("nothing grants these: every call is denied".to_owned());
            lines.extend(names.iter().map(|name| format!("  {}", visible_line(name))));
        }
    }
    lines.join("\n")
}

fn of_lane(server: &str, lane: &LaneSummary) -> String {
    let tools = lane.tools.join(", ");
    visible_line(&format!("a process of {server} {}: {tools}", lane.described()))
}

fn of_tool(tool: &ToolSummary) -> Vec<String> {
    let grants = tool.grants.iter().flat_map(of_grant);
    let prohibitions = tool.prohibitions.iter().flat_map(of_prohibition);
    grants.chain(prohibitions).collect()
}

fn of_grant(grant: &GrantSummary) -> Vec<String> {
    let rows = grant
        .parameters
        .iter()
        .map(|parameter| row(parameter, presence(parameter)));
    let nothing = if grant.parameters.is_empty() {
        ", without arguments"
    } else {
        ""
    };
    let mut lines = vec![format!(
        "  allowed by {}{nothing}{}",
        place(&grant.rule),
        remark(&grant.rule.doc)
    )];
    lines.extend(aligned(rows.collect()));
    lines
}

fn of_prohibition(prohibition: &ProhibitionSummary) -> Vec<String> {
    let or_absent = |parameter: &Parameter| if parameter.required { "" } else { "or absent" }.to_owned();
    let rows = prohibition
        .conditions
        .iter()
        .map(|condition| row(condition, or_absent(condition)));
    let always = if prohibition.conditions.is_empty() {
        ", whatever the arguments"
    } else {
        ""
    };
    let why = prohibition.because.as_deref().unwrap_or(&prohibition.rule.doc);
    let mut lines = vec![format!(
        "  denied by {}{always}{}",
        place(&prohibition.rule),
        remark(why)
    )];
    lines.extend(aligned(rows.collect()));
    lines
}

/// In words: must a parameter of a grant be given?
pub fn presence(parameter: &Parameter) -> String {
    match (parameter.defaults.as_slice(), parameter.required) {
        (_, true) => "must be given".to_owned(),
        ([], false) => "may be given".to_owned(),
        (defaults, false) => format!("may be given, else {}", defaults.join(" or ")),
    }
}

fn place(rule: &RuleSummary) -> String {
    let clauses: String = rule.clauses.iter().map(|clause| format!(" {clause}")).collect();
    visible_line(&format!("{}:{} ({}){clauses}", rule.file, rule.line, rule.id))
}

fn remark(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        words
    } else {
        format!(": {}", visible_line(&words))
    }
}

fn row(parameter: &Parameter, presence: String) -> [String; 4] {
    let written = parameter.written.as_deref().unwrap_or("?");
    [&parameter.name, &presence, written, &parameter.means].map(visible_line)
}

/// Rows with their columns below each other.
fn aligned(rows: Vec<[String; 4]>) -> Vec<String> {
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = display_width(cell).max(*width);
        }
    }
    let line = |row: &[String; 4]| {
        let cells = row.iter().zip(widths).filter(|(_, width)| *width > 0);
        let cells = cells.map(|(cell, width)| format!("{cell}{}", " ".repeat(width - display_width(cell))));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("    {}", line.trim_end())
    };
    rows.iter().map(line).collect()
}
