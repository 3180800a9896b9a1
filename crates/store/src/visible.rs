//! 可见范围: the one predicate by which lists show only what may be seen. `authz::visible` decides it; here it is SQL.

use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::{QueryAs, QueryScalar};
use uuid::Uuid;

/// 可见范围, bound into a list's query by [`ToVisible`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visible {
    pub all: bool,
    pub agencies: Vec<Uuid>,
    pub trees: Vec<Uuid>,
    pub counties: Vec<String>,
    pub suppliers: Vec<Uuid>,
    pub person: Option<Uuid>,
}

/// True of what may be seen, over `$1` to `$5` ([`ToVisible::to_visible`]). `$row`: the alias of the table that holds
/// `agency_id`; the case's application is `a`, its agency's organisation `o`.
macro_rules! visible {
    ($row:literal) => {
        concat!(
            "($1 OR ",
            $row,
            ".agency_id = ANY($2) OR o.path && $3 OR a.county = ANY($4) OR a.supplier_id = ANY($5))"
        )
    };
}

/// The same, and true of what the case's experts see, over `$1` to `$6` ([`ToVisible::to_visible_to_experts`]).
macro_rules! visible_to_experts {
    ($row:literal) => {
        concat!(
            "(",
            crate::visible::visible!($row),
            " OR EXISTS (SELECT 1 FROM application_expert x WHERE x.application_id = a.id AND x.person_id = $6))"
        )
    };
}

pub(crate) use {visible, visible_to_experts};

/// Binds the parameters of the predicate; they are a query's first.
pub(crate) trait ToVisible<'q> {
    /// `$1` to `$5`.
    fn to_visible(self, seen: &'q Visible) -> Self;
    /// `$1` to `$6`.
    fn to_visible_to_experts(self, seen: &'q Visible) -> Self;
}

macro_rules! to_visible {
    ($query:ident) => {
        impl<'q, O> ToVisible<'q> for $query<'q, Postgres, O, PgArguments> {
            fn to_visible(self, seen: &'q Visible) -> Self {
                let query = self.bind(seen.all).bind(&seen.agencies).bind(&seen.trees);
                query.bind(&seen.counties).bind(&seen.suppliers)
            }

            fn to_visible_to_experts(self, seen: &'q Visible) -> Self {
                self.to_visible(seen).bind(seen.person)
            }
        }
    };
}
to_visible!(QueryAs);
to_visible!(QueryScalar);
