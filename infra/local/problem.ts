/** Why it cannot start, in one line that says what to do. Anything else that is thrown is a bug and shows its stack. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}
