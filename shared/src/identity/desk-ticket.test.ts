import fc from 'fast-check';
import { newId } from '../kernel/id.ts';
import { deskTicketText, readDeskTicketText } from './desk-ticket.ts';

const code = { deskTicketId: newId('deskTicket'), signature: 'abcdefghijklmnopqrstuvwxyz_-0123' };

test('what a desk shows is read back as it was', () => {
  expect(readDeskTicketText(deskTicketText(code))).toEqual(code);
});

test('any other text is not a desk code, and none makes the reader throw', () => {
  expect(readDeskTicketText(`${deskTicketText(code)}:more`)).toBeUndefined();
  expect(readDeskTicketText(`kehou:desk:${code.deskTicketId}:`)).toBeUndefined();
  expect(readDeskTicketText(deskTicketText(code).toUpperCase())).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => readDeskTicketText(text) === undefined));
  fc.assert(fc.property(fc.string(), (text) => readDeskTicketText(`kehou:desk:${text}`) === undefined));
});
