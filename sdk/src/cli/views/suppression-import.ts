import type { SuppressionImport } from '../../index.ts';
import { plain, table } from '../text.ts';
import type { View } from './view.ts';

/** What became of a file of suppressions, and of its lines that are none. */
export const suppressionImport: View<SuppressionImport> = {
  page: ({ imported, unchanged, failed, faults }, out) => {
    const mark = failed ? out.paint('red', '✗') : out.paint('green', '✓');
    const further = failed - faults.length;
    return [
      `${mark} ${imported} imported, ${unchanged} unchanged, ${failed} with faults`,
      ...(faults.length ? [table(faults.map(({ line, detail }) => [`line ${line}`, plain(detail)]))] : []),
      ...(further ? [`  and ${further} more`] : []),
    ].join('\n');
  },
};
