/** A quoted text or name, a dollar-quoted text, a comment, a semicolon, or what stands between them. */
const token =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"$\-/;]+|[\s\S]/g;
const comment = /^(?:--|\/\*)/;

/**
 * The statements of a script, without their semicolons; what holds comments and blanks only is none.
 *
 * Good for telling of them, not for running them: DuckDB's own reading decides what a statement is.
 */
export function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let text = "";
  let empty = true;
  for (const [each] of `${script};`.matchAll(token)) {
    if (each === ";") {
      if (!empty) statements.push(text.trim());
      [text, empty] = ["", true];
    } else {
      text += each;
      if (!comment.test(each) && each.trim() !== "") empty = false;
    }
  }
  return statements;
}

/** A statement's first word in capitals, past comments and brackets. */
export function verbOf(statement: string): string {
  const bare = statement.replace(/^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, "");
  return (/^\w+/.exec(bare)?.[0] ?? "").toUpperCase();
}
