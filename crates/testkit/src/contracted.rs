//! A case that is contracted and waits for the supplier's notice, made without going through the stages before: for
//! tests of what comes after. Whoever tests the way there goes it by HTTP.

use domain::application::form::{
    Architecture, DataDisk, DiskKind, Form, Network, OperatingSystem, ServerLine, ServerRole, Zone,
};
use domain::application::{Contract, Fund, State};
use domain::ids::ApplicationId;
use domain::money::Fen;
use domain::org::Role;
use domain::provisioning::{EngineKind, Found};
use jiff_sqlx::ToSqlx;
use store::lifecycle::Table;
use uuid::Uuid;

use crate::city::City;

/// A line of small servers: 1 vCPU, 1 GiB, 40 GiB and a data disk of 10 GiB each.
pub fn small_servers(host_name: &str, quantity: u16) -> ServerLine {
    ServerLine {
        role: Some(ServerRole::Web),
        host_name: host_name.to_owned(),
        zone: Some(Zone::Private),
        network: Some(Network::Government),
        architecture: Some(Architecture::X86),
        operating_system: Some(OperatingSystem::OpenEuler),
        vcpu: Some(1),
        memory_gib: Some(1),
        system_disk_gib: Some(40),
        system_disk_kind: Some(DiskKind::Ordinary),
        data_disks: vec![DataDisk { size_gib: Some(10), kind: Some(DiskKind::Ordinary), quantity: Some(1) }],
        quantity: Some(quantity),
        ..ServerLine::default()
    }
}

impl City {
    /// A contracted case of 市教育局 with these servers.
    pub async fn contracted_case(&self, servers: Vec<ServerLine>) -> ApplicationId {
        self.contracted_form(&Form { servers, ..Form::default() }).await
    }

    /// The same with whatever else the form asks for.
    pub async fn contracted_form(&self, form: &Form) -> ApplicationId {
        let id = Uuid::now_v7();
        let form = serde_json::to_value(form).expect("a form serialises");
        let words = |text: &str| text.to_owned().try_into().expect("not blank");
        let state = State::Contracted {
            fund: Fund { item: words("指标〔2025〕1号"), amount_fen: Fen(1_000_000) },
            contract: Contract {
                number: words("HT-2025-001"),
                signed_on: self.app.clock.today(),
                amount_fen: Fen(1_000_000),
            },
        };
        let mut tx = self.app.store.begin().await.expect("a transaction");
        let new = store::case::NewApplication {
            id,
            number: &format!("TEST-{}", id.simple()),
            agency_id: self.org("education").0,
            county: None,
            state: &serde_json::to_value(&state).expect("a state serialises"),
            form: &form,
            created_by: self.person(Role::AgencyHandler).0,
            created_on: self.app.clock.today().to_sqlx(),
            created_at: self.app.clock.now().to_sqlx(),
        };
        store::case::insert(&mut tx, &new).await.expect("a case");
        store::case::save_granted(&mut tx, id, &form, 100_000).await.expect("granted");
        store::case::set_supplier(&mut tx, id, self.org("supplier").0).await.expect("its supplier");
        let term = state.term();
        store::case::place(&mut tx, id, "review", term.code, term.zh).await.expect("placed");
        store::lifecycle::save(&mut tx, Table::Application, id, 1, &state, term.code).await.expect("its state");
        tx.commit().await.expect("committed");
        ApplicationId(id)
    }
}

/// Everything the clouds of one kind hold under our name, networks apart.
pub async fn cloud_objects(app: &app::App, kind: EngineKind) -> Vec<Found> {
    let mut all = Vec::new();
    for row in store::engine::all(&app.store.pool).await.expect("engines") {
        if row.kind == kind.code() {
            let driver = app.driver(row.id).await.expect("a driver").here.expect("within reach");
            all.extend(driver.inventory().await.expect("the cloud lists what it holds"));
        }
    }
    all.retain(|found| found.kind != "network");
    all
}
