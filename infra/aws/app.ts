/** The AWS deployment, whole. `npm run synth` writes its templates offline. Neutral to the partition: aws and aws-cn. */
import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ApiStack } from './api-stack.ts';
import { DataStack } from './data-stack.ts';
import { justify } from './justify.ts';
import { ObservabilityStack } from './observability-stack.ts';
import { settingsOf } from './settings.ts';
import { WebStack } from './web-stack.ts';
import { WorkflowsStack } from './workflows-stack.ts';

export function kehou(app: App) {
  const settings = settingsOf(app);
  const name = (part: string) => `kehou-${settings.stage}-${part}`;
  const data = new DataStack(app, name('data'), { settings });
  const api = new ApiStack(app, name('api'), { settings, data });
  const workflows = new WorkflowsStack(app, name('workflows'), { settings, data });
  const web = new WebStack(app, name('web'), { settings, api: api.api, accessLogs: data.accessLogs });
  const observability = new ObservabilityStack(app, name('observability'), {
    settings,
    api: api.api,
    table: data.table,
    functions: [...api.functions.values(), ...workflows.functions],
    machines: workflows.machines,
    parked: workflows.parked,
    missed: workflows.missed,
  });
  Tags.of(app).add('product', 'kehou');
  Tags.of(app).add('stage', settings.stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  const stacks = { data, api, workflows, web, observability };
  justify(stacks);
  return stacks;
}

if (import.meta.main) kehou(new App());
