const KEYWORDS = ['(', ')', ',', '!', '==', '=', '>', '<', '!=', 'in', 'notin'] as const;
type Keyword = (typeof KEYWORDS)[number];

export interface Token {
  kind: 'end' | 'identifier' | Keyword;
  /** Quoted in error messages; empty at the end. */
  text: string;
}

const SPACE = /[ \t\r\n]/;
const SPECIAL = /[=!(),><]/;
const NUL = '\0';

/**
 * The tokens of a label selector, the last one of kind `end`. Follows apimachinery's labels.Lexer even in its
 * odd cases: a NUL ends the text, unless it directly follows a token.
 */
export function selectorTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === NUL) break;
    if (SPACE.test(character)) {
      at++;
      continue;
    }
    const token = SPECIAL.test(character) ? specialAt(text, at) : wordAt(text, at);
    tokens.push(token);
    at += token.text.length;
    if (text.charAt(at) === NUL) at++;
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** Every special character is a keyword; of two keywords at one position the longer one wins. */
function specialAt(text: string, at: number): Token {
  return tokenOf(keywordOf(text.slice(at, at + 2)) ?? text.charAt(at));
}

function wordAt(text: string, at: number): Token {
  let end = at + 1;
  while (end < text.length && !endsWord(text.charAt(end))) end++;
  return tokenOf(text.slice(at, end));
}

function endsWord(character: string): boolean {
  return character === NUL || SPACE.test(character) || SPECIAL.test(character);
}

function tokenOf(text: string): Token {
  return { kind: keywordOf(text) ?? 'identifier', text };
}

function keywordOf(text: string): Keyword | undefined {
  return KEYWORDS.find((keyword) => keyword === text);
}
