import { StartProblem } from '../problem.ts';
import { readDefinition } from './definition.ts';

const substitutions = { TasksFunctionArn: 'arn:aws:lambda:local:000000000000:function:tasks' };
// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the definition's own
const functionName = '${TasksFunctionArn}';
const task = (more: object = {}, parameters: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: functionName, Payload: { task: 'billing.sendRefund', ...parameters } },
  End: true,
  ...more,
});
const machine = (state: object) => JSON.stringify({ StartAt: 'A', States: { A: state } });
const read = (state: object) => readDefinition('refund', machine(state), substitutions);

test('a definition of the kind that deploys is read, with its substitutions', () => {
  const { States } = read(task({ TimeoutSeconds: 60, Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 2 }] }));
  expect(States.A).toMatchObject({ Type: 'Task', TimeoutSeconds: 60, Parameters: { FunctionName: substitutions.TasksFunctionArn } });
});

test.each([
  ['JSONata', { ...task(), QueryLanguage: 'JSONata' }, /QueryLanguage/],
  ['a JSONata expression', { Type: 'Pass', Result: '{% $states.input %}', End: true }, /JSONata/],
  ['variables', { Type: 'Pass', Assign: { a: 1 }, End: true }, /Assign/],
  [
    'a distributed Map',
    {
      Type: 'Map',
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'A', States: { A: { Type: 'Succeed' } } },
      End: true,
    },
    /ProcessorConfig/,
  ],
  [
    'a Map that reads from S3',
    { Type: 'Map', ItemReader: {}, ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Succeed' } } }, End: true },
    /ItemReader/,
  ],
  ['another service', { ...task(), Resource: 'arn:aws:states:::sqs:sendMessage' }, /lambda:invoke/],
  ['another function', task({ Parameters: { FunctionName: 'arn:other', Payload: { task: 'x' } } }), /FunctionName/],
  ['a function that is unknown', task({}, { 'id.$': "States.ToUpper('a')" }), /States\.ToUpper/],
  ['a context that is unknown', task({}, { 'id.$': '$$.Runtime.Id' }), /\$\$\.Runtime/],
  ["an iteration's context in its states", task({}, { 'id.$': '$$.Map.Item.Index' }), /ItemSelector/],
  ['waiting for a token that nobody gets', task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }), /token/],
  ['a token that is not waited for', task({}, { 'taskToken.$': '$$.Task.Token' }), /token/],
  ['a task without a name', task({ Parameters: { FunctionName: functionName, Payload: {} } }), /task/],
  ['a wait for two things', { Type: 'Wait', Seconds: 1, TimestampPath: '$.at', End: true }, /exactly one/],
  ['a wait longer than AWS allows', { Type: 'Wait', Seconds: 100_000_000, End: true }, /Seconds/],
  ['a state that neither ends nor goes on', { Type: 'Pass' }, /exactly one of/],
  ['a way into nowhere', { Type: 'Pass', Next: 'B' }, /B/],
  ['a substitution that nobody makes', task({ Comment: functionName.replace('TasksFunctionArn', 'Stage') }), /\$\{Stage\}/],
])('%s is refused at load, in one line', (_, state, words) => {
  let message = '';
  try {
    read(state as object);
  } catch (error) {
    expect(error).toBeInstanceOf(StartProblem);
    message = (error as Error).message;
  }
  expect(message).toMatch(words);
  expect(message).toMatch(/^state machine refund cannot be run here: /);
  expect(message).not.toContain('\n');
});

test('what is no JSON at all is refused too', () => {
  expect(() => readDefinition('refund', '{', substitutions)).toThrow(StartProblem);
});
