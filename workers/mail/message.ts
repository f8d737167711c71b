// A mail as it goes over the wire (RFC 5322, 2045, 2047): text and HTML, each in base64. Written here and not by the mail
// library, whose composer hands a mail over in a dozen small writes that cost more than all else about it. Pure.
import { type Mail, sender } from './mail.ts';

const lineLength = 76;
/** With its brackets, its padding and a header's name an encoded word stays within a line. */
const wordBytes = 39;
// Base64 has no underscore, so no text can end its part.
const boundary = '=_headroom_=';

export function messageOf(mail: Mail, at: Date): string {
  const head = {
    From: sender,
    To: mail.to,
    Subject: mail.subject,
    'Message-ID': mail.messageId,
    Date: at.toUTCString().replace('GMT', '+0000'),
    ...mail.headers,
    'MIME-Version': '1.0',
    'Content-Type': `multipart/alternative; boundary="${boundary}"`,
  };
  return [
    ...Object.entries(head).map(([name, value]) => `${name}: ${words(oneLine(name, value))}`),
    '',
    ...part('text/plain', mail.text),
    ...part('text/html', mail.html),
    `--${boundary}--`,
    '',
  ].join('\r\n');
}

const part = (type: string, text: string) => [
  `--${boundary}`,
  `Content-Type: ${type}; charset=utf-8`,
  'Content-Transfer-Encoding: base64',
  '',
  inLines(Buffer.from(text.replaceAll(/\r?\n/g, '\r\n')).toString('base64')),
];

const line = new RegExp(`.{${lineLength}}(?=.)`, 'g');
const inLines = (base64: string) => base64.replaceAll(line, '$&\r\n');

/** A line break in a value would write our headers for us. */
function oneLine(name: string, value: string): string {
  if (/\p{Cc}/u.test(value)) throw new Error(`${name} of a mail is not one line`);
  return value;
}

/** As it is when it is ASCII, else in encoded words; of which none may cut a letter in two. */
function words(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const chunks: string[] = [];
  let chunk = '';
  for (const letter of text) {
    if (Buffer.byteLength(chunk + letter) > wordBytes) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += letter;
  }
  return [...chunks, chunk]
    .map((each) => `=?utf-8?B?${Buffer.from(each).toString('base64')}?=`)
    .join('\r\n ');
}
