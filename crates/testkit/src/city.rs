//! 测试城市: a server with organisations and at least one person for every role.

use std::ops::Deref;
use std::sync::Arc;

use app::Options;
use app::actor::Actor;
use app::session::{Visit, demo_log_in, load};
use domain::ids::{OrgId, PersonId};
use domain::org::Role;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::client::Client;
use crate::people::{self, Entered};
use crate::testapp::{DEFAULT_DAY, TestApp};

/// A running server with people in it. Everything of [`TestApp`] is there too.
///
/// Organisations have keys (`education`, `county_agency`, `supplier`, …); people have their role's code as user name,
/// and `county_agency_handler`, `county_agency_leader` stand in 阳朔县水利局. All have [`crate::PASSWORD`].
pub struct City {
    server: TestApp,
    entered: Entered,
}

/// A made-up id, the same in every run.
pub fn id(serial: u128) -> Uuid {
    Uuid::from_u128(serial)
}

/// Somebody: by role (in the city, for agency roles) or by user name.
#[derive(Clone, Debug)]
pub struct Who(String);

impl From<Role> for Who {
    fn from(role: Role) -> Self {
        Self(role.code().to_owned())
    }
}

impl From<&str> for Who {
    fn from(username: &str) -> Self {
        Self(username.to_owned())
    }
}

impl Deref for City {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        &self.server
    }
}

impl City {
    /// On [`DEFAULT_DAY`].
    pub async fn start() -> Self {
        Self::start_on(DEFAULT_DAY).await
    }

    /// On `day`.
    pub async fn start_on(day: Date) -> Self {
        Self::over(TestApp::start_on(day).await).await
    }

    /// The same people in a server started some other way; its database must be empty.
    pub async fn over(server: TestApp) -> Self {
        let entered = people::enter(&server.app).await;
        Self { server, entered }
    }

    /// An organisation by its key.
    #[track_caller]
    pub fn org(&self, key: &str) -> OrgId {
        OrgId(*self.entered.orgs.get(key).unwrap_or_else(|| panic!("no organisation {key} in the test city")))
    }

    /// Somebody's id.
    #[track_caller]
    pub fn person(&self, who: impl Into<Who>) -> PersonId {
        let Who(name) = who.into();
        PersonId(*self.entered.people.get(&name).unwrap_or_else(|| panic!("nobody called {name} in the test city")))
    }

    /// Somebody added since, by user name.
    pub async fn person_called(&self, username: &str) -> PersonId {
        let found = store::session::credential(&self.app.store.pool, username).await.expect("the database answers");
        PersonId(found.unwrap_or_else(|| panic!("nobody called {username}")).person_id)
    }

    /// A browser signed in as somebody, with CSRF token.
    pub async fn sign_in(&self, who: impl Into<Who>) -> Client {
        self.sign_in_as(self.person(who)).await
    }

    /// A browser signed in as the holder of `role`; of agency roles, the one in 市教育局.
    pub async fn as_role(&self, role: Role) -> Client {
        self.sign_in(role).await
    }

    /// A browser signed in as anyone in the database, by the demonstration's log-in: the session is a real one, only the
    /// steps of the log-in are left out. Tests of those steps use [`TestApp::anonymous`].
    pub async fn sign_in_as(&self, person: PersonId) -> Client {
        self.anonymous().with_session(&self.open_session(person).await).await
    }

    /// Somebody as `app` sees them, for tests below HTTP.
    pub async fn actor(&self, who: impl Into<Who>) -> Actor {
        let token = self.open_session(self.person(who)).await;
        load(&self.app, &token, &Visit::default()).await.expect("just opened").actor
    }

    /// One more active person, without second factor.
    pub async fn add_person(&self, org: OrgId, username: &str, roles: &[Role]) -> PersonId {
        let mut tx = self.app.store.begin().await.expect("a transaction");
        let id = people::add_person(&self.app, &mut tx, org.0, username, (username, 9999), roles).await;
        tx.commit().await.expect("committed");
        PersonId(id)
    }

    /// One more agency below the organisation `parent`.
    pub async fn add_agency(&self, name: &str, parent: OrgId) -> OrgId {
        let id = Uuid::now_v7();
        let mut path = store::org::path(&self.app.store.pool, parent.0).await.expect("the superior");
        path.push(id);
        let agency = store::org::SaveOrg {
            id,
            name,
            short_name: "",
            kind: "institution",
            level: "city",
            office: "agency",
            credit_code: "1245030000000102XT",
            county: None,
            parent_id: Some(parent.0),
            path: &path,
            budget_code: "",
            address: "",
        };
        let mut tx = self.app.store.begin().await.expect("a transaction");
        store::org::insert(&mut tx, &agency, self.app.clock.now().to_sqlx()).await.expect("an agency");
        tx.commit().await.expect("committed");
        OrgId(id)
    }

    async fn open_session(&self, person: PersonId) -> String {
        let mut demo = self.app.clone();
        demo.options = Arc::new(Options { demo: true, ..(*self.app.options).clone() });
        demo_log_in(&demo, person, &Visit::default()).await.expect("an active person").token
    }
}
