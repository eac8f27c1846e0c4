/**
 * The icons that NutUI's components ask for, from our own family: the build puts this file in the place of
 * `@nutui/icons-react-taro`, whose stylesheet WeChat does not take (`:root`). Only what the components in use name;
 * none of them shows, since ours hand over their own marks.
 */
import { Icon, type IconName } from './Icon.tsx';

const icon = (name: IconName) => () => <Icon name={name} />;

export const Close = icon('close');
export const Checked = icon('check-circle');
export const CheckNormal = icon('minus');
export const CheckDisabled = icon('minus');
export const Loading = icon('refresh');
export const Loading1 = icon('refresh');
