// The tree of organisations from a flat list, parents before children; pure.
import type { OrgNode } from './types'

export interface Branch {
  node: OrgNode
  depth: number
  children: Branch[]
  /** Accounts of the organisation and everything below it. */
  people: number
}

/** Roots with their branches. A node whose superior is not in the list stands as a root, so that none is lost. */
export function branches(nodes: readonly OrgNode[]): Branch[] {
  const all = new Map<string, Branch>(nodes.map((node) => [node.id, { node, depth: 0, children: [], people: node.people }]))
  const roots: Branch[] = []
  for (const branch of all.values()) {
    const above = branch.node.parent_id ? all.get(branch.node.parent_id) : undefined
    if (above) above.children.push(branch)
    else roots.push(branch)
  }
  const settle = (branch: Branch, depth: number): number => {
    branch.depth = depth
    branch.people = branch.children.reduce((sum, child) => sum + settle(child, depth + 1), branch.node.people)
    return branch.people
  }
  roots.forEach((root) => settle(root, 0))
  return roots
}

/** What is to be shown: open branches, or every path to a name that fits the search. */
export function visible(roots: readonly Branch[], open: ReadonlySet<string>, search: string): Branch[] {
  const wanted = search.trim().toLowerCase()
  const shown: Branch[] = []
  const fits = (branch: Branch): boolean => {
    const own = [branch.node.name, branch.node.short_name].some((name) => name.toLowerCase().includes(wanted))
    return own || branch.children.some(fits)
  }
  const walk = (branch: Branch) => {
    if (wanted && !fits(branch)) return
    shown.push(branch)
    if (wanted || open.has(branch.node.id)) branch.children.forEach(walk)
  }
  roots.forEach(walk)
  return shown
}

/** Ids from a node up to its root. */
export function pathTo(nodes: readonly OrgNode[], id: string): string[] {
  const parents = new Map(nodes.map((node) => [node.id, node.parent_id]))
  const path: string[] = []
  for (let at: string | null | undefined = id; at && !path.includes(at); at = parents.get(at)) path.push(at)
  return path
}
