import { Document, isScalar, Scalar, visit } from 'yaml'
import { renderPolicy } from '../src/guard/cel/policy.ts'
import { chartSettings } from './chart-settings.ts'

/**
 * The conditions, variables and validations of the policy as text for Helm's tpl: the chart's template puts them between its own
 * selectors. Every expression is a block, since a plain scalar could be read otherwise once it is filled in.
 */
export function policyFile(): string {
  const options = { name: '', scope: 'cluster', excludedNamespaces: [] } as const
  const [policy] = renderPolicy(chartSettings, options) as [{ readonly spec: PolicySpec }, unknown]
  const { matchConditions, variables, validations } = policy.spec
  const document = new Document({ matchConditions, variables, validations })
  visit(document, {
    Pair: (_, { key, value }) => {
      const isText = isScalar(key) && /[eE]xpression$/.test(String(key.value)) && isScalar(value)
      if (isText) value.type = Scalar.BLOCK_LITERAL
    }
  })
  document.commentBefore =
    ' Generated from src/guard/cel by npm run generate; templates/validating-admission-policy.yaml fills it in.'
  return document.toString({ lineWidth: 0 })
}

interface PolicySpec {
  readonly matchConditions: readonly unknown[]
  readonly variables: readonly unknown[]
  readonly validations: readonly unknown[]
}
