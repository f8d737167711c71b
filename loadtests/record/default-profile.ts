// How the committed default profile was recorded. Run: npx tsx loadtests/record/default-profile.ts
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultProfileFile } from '../load-profile.ts';
import { onlineRetailLinesMap } from './lines-csv.ts';
import { type RecordOptions, recordProfile } from './record.ts';

const data = join(import.meta.dirname, '..', 'profiles/data');

export const defaultRecording: RecordOptions = {
  from: 'orders-csv',
  file: join(data, 'online-retail-invoices.csv.gz'),
  map: 'id=InvoiceNo,time=InvoiceDate,country=Country,quantity=Quantity,price=UnitPrice',
  timeFormat: 'M/D/YYYY H:MM',
  cancelledPrefix: 'C',
  day: 'auto',
  lines: join(data, 'online-retail-lines.csv.gz'),
  linesMap: onlineRetailLinesMap,
  name: 'online-retail-peak',
  source: {
    title: 'Online Retail',
    doi: '10.24432/C5BW33',
    license: 'CC BY 4.0',
    attribution: 'D. Chen (2015), Online Retail, UCI Machine Learning Repository',
  },
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await recordProfile({ ...defaultRecording, out: defaultProfileFile });
}
