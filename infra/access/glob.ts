/** Patterns as IAM writes them: `*` is any text, `?` any one character. Both sides may be patterns. Pure. */

/** True where some text matches both patterns. Case counts. */
export function intersects(left: string, right: string): boolean {
  if (beginApart(left, right)) return false;
  const width = right.length + 1;
  const seen = new Set<number>();
  const open: [number, number][] = [[0, 0]];
  for (let at = open.pop(); at; at = open.pop()) {
    const [i, j] = at;
    if (i === left.length && j === right.length) return true;
    if (seen.has(i * width + j)) continue;
    seen.add(i * width + j);
    const [a, b] = [left[i], right[j]];
    // A star may end here, or take what the other side spells next.
    if (a === "*") open.push([i + 1, j], ...(b === undefined ? [] : [[i, j + 1] as [number, number]]));
    else if (b === "*") open.push([i, j + 1], ...(a === undefined ? [] : [[i + 1, j] as [number, number]]));
    else if (a !== undefined && b !== undefined && (a === b || a === "?" || b === "?"))
      open.push([i + 1, j + 1]);
  }
  return false;
}

/**
 * True where every text that `narrow` matches is matched by `wide`. Of pairs with several stars it may miss some
 * that do cover; it never names one that does not.
 */
export function covers(wide: string, narrow: string): boolean {
  if (beginApart(wide, narrow)) return false;
  let reach: boolean[] = [true, ...Array<boolean>(narrow.length).fill(false)];
  for (const w of wide) {
    const next: boolean[] = [w === "*" && reach[0] === true];
    for (let j = 1; j <= narrow.length; j++) {
      const n = narrow[j - 1];
      next[j] =
        w === "*"
          ? reach[j] === true || next[j - 1] === true
          : reach[j - 1] === true && n !== "*" && (w === "?" || w === n);
    }
    reach = next;
  }
  return reach[narrow.length] === true;
}

/** True where both spell another letter before either has a wildcard: what nearly all pairs do, and soon told. */
function beginApart(left: string, right: string): boolean {
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a === star || b === star || a === one || b === one) return false;
    if (a !== b) return true;
  }
  return false;
}

const star = "*".charCodeAt(0);
const one = "?".charCodeAt(0);
