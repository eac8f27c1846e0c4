/**
 * DynamoDB's expressions, as far as the product writes them: conditions (comparisons, `IN`, `attribute_exists`,
 * `attribute_not_exists`, `size`, `AND`, `OR`, brackets) and updates (`SET` with sums and `if_not_exists`, `REMOVE`, `ADD` of
 * numbers). What is not among them is refused by name: teach it here, and to the test that compares with the real engine.
 */
import { type AttributeValue, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';

export type AttributeMap = Readonly<Record<string, AttributeValue>>;

/** The placeholders that come with an expression. */
export interface Given {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: AttributeMap | undefined;
}

export type Path = readonly string[];
type Operand =
  | { readonly is: 'path'; readonly path: Path }
  | { readonly is: 'value'; readonly name: string }
  | { readonly is: 'size'; readonly path: Path }
  | { readonly is: 'orElse'; readonly path: Path; readonly other: Operand }
  | { readonly is: 'sum'; readonly left: Operand; readonly sign: 1 | -1; readonly right: Operand };
export type Condition =
  | { readonly is: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly is: 'there' | 'absent'; readonly path: Path }
  | { readonly is: 'compare'; readonly left: Operand; readonly by: string; readonly right: Operand }
  | { readonly is: 'in'; readonly left: Operand; readonly list: readonly Operand[] };
export interface Update {
  readonly set: readonly { readonly path: Path; readonly to: Operand }[];
  readonly remove: readonly Path[];
  readonly add: readonly { readonly path: Path; readonly by: string }[];
}

const TOKENS = /\s*(<>|<=|>=|[=<>(),.+-]|[#:]?[A-Za-z_][A-Za-z0-9_-]*)/y;
const COMPARATORS = new Set(['=', '<>', '<', '<=', '>', '>=']);

export function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata: {} });
}

const tokens = new Map<string, readonly string[]>();

function tokensOf(text: string): readonly string[] {
  const known = tokens.get(text);
  if (known) return known;
  const found: string[] = [];
  TOKENS.lastIndex = 0;
  for (let end = 0; text.slice(end).trim() !== ''; end = TOKENS.lastIndex) {
    const token = TOKENS.exec(text)?.[1];
    if (token === undefined) throw new Error(`the memory table cannot read: ${text}`);
    found.push(token);
  }
  tokens.set(text, found);
  return found;
}

/** Reads one expression, and takes note of the placeholders that it uses. */
class Reader {
  private readonly text: string;
  private readonly tokens: readonly string[];
  private readonly given: Given;
  private readonly used: Set<string>;
  private at = 0;

  constructor(text: string, given: Given, used: Set<string>) {
    this.text = text;
    this.tokens = tokensOf(text);
    this.given = given;
    this.used = used;
  }

  condition(): Condition {
    const found = this.any();
    if (this.peek() !== undefined) this.stop();
    return found;
  }

  update(): Update {
    const found = { set: [] as Update['set'][number][], remove: [] as Path[], add: [] as Update['add'][number][] };
    while (this.peek() !== undefined) {
      const clause = this.take();
      do {
        if (clause === 'SET') {
          const path = this.path();
          this.expect('=');
          found.set.push({ path, to: this.sum() });
        } else if (clause === 'REMOVE') found.remove.push(this.path());
        else if (clause === 'ADD') found.add.push({ path: this.path(), by: this.value() });
        else this.stop();
      } while (this.skip(','));
    }
    return found;
  }

  private any(): Condition {
    const of = [this.all()];
    while (this.skip('OR')) of.push(this.all());
    return of.length === 1 && of[0] ? of[0] : { is: 'any', of };
  }

  private all(): Condition {
    const of = [this.one()];
    while (this.skip('AND')) of.push(this.one());
    return of.length === 1 && of[0] ? of[0] : { is: 'all', of };
  }

  private one(): Condition {
    if (this.skip('(')) {
      const inner = this.any();
      this.expect(')');
      return inner;
    }
    const token = this.peek();
    if (token === 'attribute_exists' || token === 'attribute_not_exists') {
      this.take();
      this.expect('(');
      const path = this.path();
      this.expect(')');
      return { is: token === 'attribute_exists' ? 'there' : 'absent', path };
    }
    const left = this.operand();
    const by = this.take();
    if (by === 'IN') {
      this.expect('(');
      const list = [this.operand()];
      while (this.skip(',')) list.push(this.operand());
      this.expect(')');
      return { is: 'in', left, list };
    }
    if (!COMPARATORS.has(by)) this.stop();
    return { is: 'compare', left, by, right: this.operand() };
  }

  private sum(): Operand {
    const left = this.operand();
    const sign = this.peek();
    if (sign !== '+' && sign !== '-') return left;
    this.take();
    return { is: 'sum', left, sign: sign === '+' ? 1 : -1, right: this.operand() };
  }

  private operand(): Operand {
    const token = this.peek() ?? this.stop();
    if (token.startsWith(':')) return { is: 'value', name: this.value() };
    if (token !== 'size' && token !== 'if_not_exists') return { is: 'path', path: this.path() };
    this.take();
    this.expect('(');
    const path = this.path();
    if (token === 'size') {
      this.expect(')');
      return { is: 'size', path };
    }
    this.expect(',');
    const other = this.operand();
    this.expect(')');
    return { is: 'orElse', path, other };
  }

  private value(): string {
    const token = this.take();
    if (!token.startsWith(':') || !this.given.values?.[token]) throw invalid(`an expression uses a value that is not given: ${token}`);
    this.used.add(token);
    return token;
  }

  private path(): Path {
    const path: string[] = [];
    do {
      const token = this.take();
      if (token.startsWith('#')) {
        const name = this.given.names?.[token];
        if (name === undefined) throw invalid(`an expression uses a name that is not given: ${token}`);
        this.used.add(token);
        path.push(name);
      } else if (/^[A-Za-z_]/.test(token)) path.push(token);
      else this.stop();
    } while (this.skip('.'));
    return path;
  }

  private peek(): string | undefined {
    return this.tokens[this.at];
  }
  private take(): string {
    return this.tokens[this.at++] ?? this.stop();
  }
  private skip(token: string): boolean {
    if (this.peek() !== token) return false;
    this.at++;
    return true;
  }
  private expect(token: string): void {
    if (this.take() !== token) this.stop();
  }
  private stop(): never {
    throw new Error(`the memory table does not know this expression, at ${this.tokens[this.at - 1] ?? 'its end'}: ${this.text}`);
  }
}

/** An update and a condition that share their placeholders, as one request brings them; one that neither uses is refused. */
export function readExpressions(
  texts: { readonly condition?: string | undefined; readonly update?: string | undefined },
  given: Given,
): { readonly condition?: Condition | undefined; readonly update?: Update | undefined } {
  const used = new Set<string>();
  const update = texts.update === undefined ? undefined : new Reader(texts.update, given, used).update();
  const condition = texts.condition === undefined ? undefined : new Reader(texts.condition, given, used).condition();
  for (const name of [...Object.keys(given.names ?? {}), ...Object.keys(given.values ?? {})]) {
    if (!used.has(name)) throw invalid(`unused in expressions: ${name}`);
  }
  return { update, condition };
}

function at(item: AttributeMap | undefined, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = item && { M: item as Record<string, AttributeValue> };
  for (const name of path) value = value?.M?.[name];
  return value;
}

function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value?.M) return { N: String(Object.keys(value.M).length) };
  if (value?.L) return { N: String(value.L.length) };
  if (value?.S !== undefined) return { N: String(Buffer.byteLength(value.S)) };
  return undefined;
}

function read(operand: Operand, item: AttributeMap | undefined, values: AttributeMap): AttributeValue | undefined {
  switch (operand.is) {
    case 'path':
      return at(item, operand.path);
    case 'value':
      return values[operand.name];
    case 'size':
      return sizeOf(at(item, operand.path));
    case 'orElse':
      return at(item, operand.path) ?? read(operand.other, item, values);
    case 'sum': {
      const [left, right] = [read(operand.left, item, values)?.N, read(operand.right, item, values)?.N];
      if (left === undefined || right === undefined) throw invalid('an operand of a sum is no number, or is not there');
      return { N: String(Number(left) + operand.sign * Number(right)) };
    }
  }
}

function same(one: AttributeValue | undefined, other: AttributeValue | undefined): boolean {
  if (!one || !other) return false;
  if (one.N !== undefined && other.N !== undefined) return Number(one.N) === Number(other.N);
  if (one.M && other.M) {
    const [a, b] = [one.M, other.M];
    return Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((name) => same(a[name], b[name]));
  }
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Negative, zero or positive; `undefined` for two that have no order among them. */
function order(one: AttributeValue | undefined, other: AttributeValue | undefined): number | undefined {
  if (one?.N !== undefined && other?.N !== undefined) return Number(one.N) - Number(other.N);
  if (one?.S !== undefined && other?.S !== undefined) return one.S < other.S ? -1 : one.S > other.S ? 1 : 0;
  return undefined;
}

export function holds(condition: Condition, item: AttributeMap | undefined, values: AttributeMap = {}): boolean {
  switch (condition.is) {
    case 'all':
      return condition.of.every((each) => holds(each, item, values));
    case 'any':
      return condition.of.some((each) => holds(each, item, values));
    case 'there':
      return at(item, condition.path) !== undefined;
    case 'absent':
      return at(item, condition.path) === undefined;
    case 'in': {
      const left = read(condition.left, item, values);
      return condition.list.some((each) => same(left, read(each, item, values)));
    }
    case 'compare': {
      const [left, right] = [read(condition.left, item, values), read(condition.right, item, values)];
      if (condition.by === '=') return same(left, right);
      if (condition.by === '<>') return !same(left, right);
      const sign = order(left, right);
      if (sign === undefined) return false;
      if (condition.by === '<') return sign < 0;
      if (condition.by === '<=') return sign <= 0;
      return condition.by === '>' ? sign > 0 : sign >= 0;
    }
  }
}

/** A copy with one value put at, or taken from, the end of a path. What it leads through must be there. */
function changed(item: AttributeMap, path: Path, value: AttributeValue | undefined): AttributeMap {
  const [name = '', ...rest] = path;
  if (rest.length > 0) {
    const inner = item[name]?.M;
    if (!inner) throw invalid('the document path provided in the update expression is invalid for update');
    return { ...item, [name]: { M: changed(inner, rest, value) as Record<string, AttributeValue> } };
  }
  if (value) return { ...item, [name]: value };
  const { [name]: _, ...others } = item;
  return others;
}

/** The item after an update; every operand is read from the item as it was. */
export function updated(update: Update, before: AttributeMap, values: AttributeMap = {}): AttributeMap {
  let after = before;
  for (const { path, to } of update.set) {
    const value = read(to, before, values);
    if (!value) throw invalid('the update reads an attribute that is not there');
    after = changed(after, path, value);
  }
  for (const path of update.remove) after = changed(after, path, undefined);
  for (const { path, by } of update.add) {
    const [sum, more] = [at(before, path), values[by]];
    if (more?.N === undefined || (sum && sum.N === undefined)) throw new Error('the memory table adds numbers only');
    after = changed(after, path, { N: String(Number(sum?.N ?? 0) + Number(more.N)) });
  }
  return after;
}
