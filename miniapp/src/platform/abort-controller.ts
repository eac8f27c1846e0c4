/** `AbortController` for WeChat, which has none: as much of it as react-query uses. The build puts it in (config/index.ts). */
class Signal {
  aborted = false;
  reason: unknown = undefined;
  readonly #listeners = new Set<() => void>();

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }
  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }
  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** For the controller alone. */
  fire(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

class Controller {
  readonly signal = new Signal();
  abort(reason: unknown = new Error('aborted')): void {
    this.signal.fire(reason);
  }
}

export { Controller as AbortController };
