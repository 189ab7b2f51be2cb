/** Asks without a pause for `ms`, and says which answers came, each with how often. */
export async function answersWithin<T>(ms: number, ask: () => Promise<T>): Promise<Map<T, number>> {
  const answers = new Map<T, number>();
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const answer = await ask();
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
  return answers;
}
