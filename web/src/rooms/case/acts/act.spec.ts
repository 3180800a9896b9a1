import { describe, expect, it } from 'vitest'
import { dialogOf, fenOf, toneOf, wayOf, yuanText } from './act'

const at = (room: string, name: string) => ({ room, name, subject_id: 'x' })

describe('where an act is sent', () => {
  it.each([
    ['application', 'accept', '/api/applications/x/commands', true],
    ['trial', 'deliver', '/api/trials/x/commands', true],
    ['trial', 'notify', '/api/applications/x/trial', false],
    ['subscription', 'confirm', '/api/subscriptions/x/commands', true],
    ['subscription', 'start_change', '/api/subscriptions/x/changes', false],
    ['subscription', 'start_termination', '/api/subscriptions/x/terminations', false],
    ['change', 'approve', '/api/changes/x/commands', true],
    ['termination', 'certify', '/api/terminations/x/commands', true],
  ])('%s.%s → %s', (room, name, path, versioned) => {
    expect(wayOf(at(room, name))).toEqual({ path, versioned })
  })
})

describe('which dialog asks', () => {
  it.each([
    ['application', 'unit_approve', { kind: 'text', field: 'opinion' }],
    ['application', 'request_supplement', { kind: 'text', field: 'missing' }],
    ['application', 'submit', { kind: 'form' }],
    ['application', 'conclude', { kind: 'own', name: 'application.conclude' }],
    ['trial', 'acknowledge', { kind: 'plain' }],
    ['trial', 'exit', { kind: 'text', field: 'reason' }],
    ['trial', 'approve_report', { kind: 'text', field: 'opinion' }],
    ['subscription', 'dispute', { kind: 'text', field: 'differences' }],
    ['change', 'submit', { kind: 'plain' }],
    ['change', 'decline', { kind: 'text', field: 'opinion' }],
    ['termination', 'certify', { kind: 'own', name: 'termination.certify' }],
  ])('%s.%s', (room, name, dialog) => {
    expect(dialogOf(at(room, name))).toEqual(dialog)
  })
  it('draws an act that may not be done without colour', () => {
    expect(toneOf({ name: 'decline', allowed: true })).toBe('danger')
    expect(toneOf({ name: 'decline', allowed: false })).toBe('default')
    expect(toneOf({ name: 'accept', allowed: true })).toBe('primary')
  })
})

describe('amounts typed in 元', () => {
  it.each([
    ['0', 0],
    ['1', 100],
    ['1.5', 150],
    ['0.05', 5],
    ['1,234.50', 123450],
    [' 90071992547409.91 ', null],
    ['9007199254740.91', 900719925474091],
    ['1.234', null],
    ['-1', null],
    ['', null],
    ['abc', null],
  ])('%j', (text, fen) => {
    expect(fenOf(text)).toBe(fen)
  })
  it('are written back as they were', () => {
    expect(yuanText(123450)).toBe('1234.50')
    expect(yuanText(5)).toBe('0.05')
  })
})
