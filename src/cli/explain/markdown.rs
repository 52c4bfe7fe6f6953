//! A summary as Markdown (GitHub's, for its tables): for reviews and wikis.

use super::human::presence;
use super::summary::{LaneSummary, Parameter, RuleSummary, ServerSummary, Summary, ToolSummary};
use crate::diagnostic::visible_line;
use crate::table::FullName;

/// The whole of it. What stands in an artifact was written by others: none of it is markup here.
pub fn written(summary: &Summary) -> String {
    let environment = summary
        .environment
        .as_deref()
        .map_or(String::new(), |name| format!(" for {}", plain(name)));
    let mut blocks = vec![
        format!("# {}{environment}", plain(&summary.policy)),
        format!("Artifact {}.", summary.artifact),
    ];
    for named in summary.credentials.iter().chain(&summary.egress) {
        let text: Vec<String> = named.text.lines().map(plain).collect();
        blocks.push(text.join("  \n"));
    }
    if summary.egress_advisory {
        blocks.push("egress advisory".to_owned());
    }
    for server in &summary.servers {
        if !server.options.is_empty() {
            blocks.push(plain(&format!("{}: {}", server.name, server.options.join("; "))));
        }
        if !server.lanes.is_empty() {
            blocks.push(lanes(server));
        }
        blocks.extend(server.granted.iter().flat_map(|tool| of_tool(server, tool)));
        if !server.not_granted.is_empty() {
            blocks.push(format!("## Nothing grants, of {}", plain(&server.name)));
            let names = server
                .not_granted
                .iter()
                .map(|tool| format!("- {}", plain(&FullName(&server.name, tool).to_string())));
            blocks.push(names.collect::<Vec<_>>().join("\n"));
        }
    }
    blocks.join("\n\n")
}

fn lanes(server: &ServerSummary) -> String {
    let row = |lane: &LaneSummary| format!("| {} | {} |", plain(&lane.described()), plain(&lane.tools.join(", ")));
    let rows: Vec<String> = server.lanes.iter().map(row).collect();
    let head = format!("| a process of {} | tools |\n|---|---|", plain(&server.name));
    format!("{head}\n{}", rows.join("\n"))
}

fn of_tool(server: &ServerSummary, tool: &ToolSummary) -> Vec<String> {
    let mut blocks = vec![format!("## {}", plain(&FullName(&server.name, &tool.name).to_string()))];
    for grant in &tool.grants {
        let nothing = if grant.parameters.is_empty() {
            ", without arguments"
        } else {
            ""
        };
        blocks.push(format!(
            "**Allowed** by {}{nothing}{}",
            place(&grant.rule),
            remark(&grant.rule.doc)
        ));
        blocks.extend(table("parameter", &grant.parameters, presence));
    }
    for prohibition in &tool.prohibitions {
        let always = if prohibition.conditions.is_empty() {
            ", whatever the arguments"
        } else {
            ""
        };
        let why = prohibition.because.as_deref().unwrap_or(&prohibition.rule.doc);
        blocks.push(format!(
            "**Denied** by {}{always}{}",
            place(&prohibition.rule),
            remark(why)
        ));
        blocks.extend(table("where", &prohibition.conditions, |condition| {
            if condition.required { "" } else { "or absent" }.to_owned()
        }));
    }
    blocks
}

fn table(first: &str, rows: &[Parameter], presence: impl Fn(&Parameter) -> String) -> Option<String> {
    let head = format!("| {first} | | as written | it is |\n|---|---|---|---|");
    let row = |parameter: &Parameter| {
        let written = parameter.written.as_deref().unwrap_or("?");
        let cells = [&parameter.name, &presence(parameter), written, &parameter.means].map(plain);
        format!("| {} |", cells.join(" | "))
    };
    let rows: Vec<String> = rows.iter().map(row).collect();
    (!rows.is_empty()).then(|| format!("{head}\n{}", rows.join("\n")))
}

fn place(rule: &RuleSummary) -> String {
    let clauses: String = rule.clauses.iter().map(|clause| format!(" {clause}")).collect();
    plain(&format!("{}:{} ({}){clauses}", rule.file, rule.line, rule.id))
}

fn remark(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        ".".to_owned()
    } else {
        format!(": {}", plain(&words))
    }
}

/// Text as itself, on one line: every character that Markdown or HTML could read otherwise is escaped.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '>' => out.extend(['\\', c]),
            // No scheme, no link: some readers make one of a bare address.
            ':' if out.ends_with("http") || out.ends_with("https") => out.push_str("&#58;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn texts_of_others_are_no_markup() {
        assert_eq!(
            plain("a|b\n# <img src=x> [c](https://d) `e` _f_ &amp;"),
            r"a\|b?\# &lt;img src=x\> \[c\](https&#58;//d) \`e\` \_f\_ &amp;amp;"
        );
    }
}
