import { Icon, type IconName } from '../components/Icon.tsx';
import { Tap } from '../components/Tap';
import './Tool.scss';

export interface ToolProps {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  readonly off: boolean;
  onTap(): void;
}

/** One thing to do to a row of a ranked list: up, down, away. */
export function Tool({ id, icon, label, off, onTap }: ToolProps) {
  return (
    <Tap id={id} className={`p-tool${off ? ' p-tool--off' : ''}`} label={label} disabled={off} onTap={onTap}>
      <Icon name={icon} size={1.2} />
    </Tap>
  );
}
