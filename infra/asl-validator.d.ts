/** The package carries no types. */
declare module 'asl-validator' {
  /** Adds defaults to the definition that it is handed. Every message says what is wrong where. */
  export default function validate(definition: unknown): { readonly isValid: boolean; readonly errors: readonly unknown[] };
}
