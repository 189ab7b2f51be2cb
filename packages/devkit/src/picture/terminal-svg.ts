const CHARACTER = 7.8;
const LINE = 18;
const MARGIN = 16;

/** Text in a monospaced font as an SVG image, in light or dark as the reader's system prefers. */
export function terminalSvg(title: string, text: string): string {
  const lines = text.split('\n');
  const width = Math.ceil(Math.max(...lines.map(({ length }) => length)) * CHARACTER + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.map((line, row) =>
    line === '' ? '' : `<text x="${MARGIN}" y="${MARGIN + (row + 0.75) * LINE}">${escaped(line)}</text>\n`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-size="13" xml:space="preserve" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>
  rect { fill: #f6f8fa; stroke: #d1d9e0; }
  text { fill: #1f2328; font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
  @media (prefers-color-scheme: dark) {
    rect { fill: #161b22; stroke: #3d444d; }
    text { fill: #e6edf3; }
  }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${rows.join('')}</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
