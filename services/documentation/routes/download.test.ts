import contentDisposition from 'content-disposition'
import { expect, test } from 'vitest'
import { headerName, mediaType } from './download.ts'

test.each([
  ['a/b\\c.txt', 'a_b_c.txt'],
  ['a\r\nset-cookie: x', 'a__set-cookie: x'],
  ['\ud800.txt', '\ufffd.txt'],
  ['aviso\u202egpj.exe', 'aviso_gpj.exe'],
  ['..', 'file'],
  ['  ', 'file'],
  [7, 'file'],
])('the name %o of an old record is told as %o', (original, told) => {
  expect(headerName(original)).toBe(told)
  expect(contentDisposition.parse(contentDisposition(headerName(original))).parameters.filename).toBe(told)
})

test.each([
  ['image/png', 'image/png'],
  ['text/plain', 'text/plain; charset=utf-8'],
  ['text/html\r\nx: y', 'application/octet-stream'],
  ['png', 'application/octet-stream'],
  [null, 'application/octet-stream'],
])('the media type %o of an old record is told as %o', (mime, told) => {
  expect(mediaType(mime)).toBe(told)
})
