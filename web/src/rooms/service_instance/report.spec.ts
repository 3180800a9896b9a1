import { describe, expect, it } from 'vitest'
import { emptyReport, lastReport, reportBody, reportNeeds } from './report'
import type { EvidenceKind, EvidenceReport } from './types'

const kind = (code: string): EvidenceKind => ({ code, zh: code, hint: '', erases: false })
const line = { ordered_quantity: 2, required: [kind('line'), kind('bandwidth')] }

describe('the engineer’s report', () => {
  it('begins with what was ordered and a blank for each piece of evidence', () => {
    expect(emptyReport(line)).toEqual({ quantity: 2, evidence: { line: '', bandwidth: '' } })
  })
  it('names the quantity of an opening and of a change, and none of a reclaim', () => {
    const report = { quantity: 2, evidence: { line: 'GX-1', bandwidth: '98 Mbps' } }
    expect(reportBody({ name: 'open' }, report)).toEqual({ command: 'open', quantity: 2, evidence: report.evidence })
    expect(reportBody({ name: 'change' }, report)).toEqual({ command: 'change', quantity: 2, evidence: report.evidence })
    expect(reportBody({ name: 'reclaim' }, report)).toEqual({ command: 'reclaim', evidence: report.evidence })
  })
  it('needs every piece under the path the server would name', () => {
    const blank = emptyReport(line)
    expect(reportNeeds({ name: 'open' }, line, blank).map(([path]) => path)).toEqual(['quantity', 'evidence.line', 'evidence.bandwidth'])
    expect(reportNeeds({ name: 'reclaim' }, line, blank).map(([path]) => path)).toEqual(['evidence.line', 'evidence.bandwidth'])
  })
  it('shows the last report, and none where there is none', () => {
    const report = (zh: string): EvidenceReport => ({ act: { code: zh, zh, en: zh }, items: [], operation_id: null, reported_by: '', reported_at: '' })
    expect(lastReport({ evidence: [] })).toBeNull()
    expect(lastReport({ evidence: [report('开通'), report('变更')] })?.act.zh).toBe('变更')
  })
})
