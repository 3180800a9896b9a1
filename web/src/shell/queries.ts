import { QueryClient } from '@tanstack/vue-query'
import { ProblemError } from '@/api/problem'

/** Refusals are answers, not faults: only the network and 5xx are tried again, once. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 1 && !(error instanceof ProblemError && error.problem.status < 500),
    },
  },
})
