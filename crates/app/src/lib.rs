//! Use cases: load, decide, save, audit, in one transaction. Rooms as in `domain`.
//!
//! Here stand who may do what ([`authz`]), the clock, the outbox and the timers. Rules stand in
//! `domain`, SQL in `store`, words of HTTP in `server`.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};

use domain::calendar::Calendar;
use domain::price::PriceList;
use domain::regulation::Regulation;
use store::Store;

pub mod access_alarm;
pub mod access_grant;
pub mod actor;
pub mod allocation;
pub mod application;
pub mod attachment;
pub mod audit;
pub mod authz;
pub mod background;
pub mod backup;
pub mod bastion;
pub mod bastion_account;
pub mod boot;
pub mod calendar;
pub mod case;
pub mod case_events;
pub mod change;
pub mod charge;
pub mod clock;
pub mod cursor;
pub mod demo;
pub mod disk_copy;
pub mod doctor;
pub mod document;
pub mod drift;
pub mod error;
pub mod export;
pub mod form_options;
pub mod jump_host;
pub mod mechanism;
pub mod org;
pub mod outbox;
pub mod person;
pub mod price;
pub mod pricing;
pub mod provisioning;
pub mod scaling;
pub mod secrecy;
pub mod server_table;
pub mod service_instance;
pub mod session;
pub mod subscription;
pub mod termination;
pub mod timers;
pub mod trial;
pub mod usage_plan;
pub mod view;

pub use error::AppError;

/// How this server was started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Served with `--demo`: demonstration date, log-ins from a list.
    pub demo: bool,
    /// Everything kept outside the database: keys, engines' files.
    pub data_dir: PathBuf,
    /// Where people reach this server; stands on documents, without a slash at its end.
    pub public_url: String,
}

/// The running system. Cheap to clone; holds nothing a second instance would miss.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub clock: clock::Clock,
    /// The city's law as data.
    pub regulation: Arc<Regulation>,
    pub options: Arc<Options>,
    /// 密钥, opened at first use, so that a command without secrets needs no data directory.
    keys: Arc<OnceLock<secrecy::Keys>>,
    drivers: provisioning::Drivers,
    calendar: Arc<RwLock<Arc<Calendar>>>,
    prices: Arc<RwLock<Arc<PriceList>>>,
}

impl App {
    /// Wires the parts together; nothing is started and no connection opened yet.
    pub fn new(store: Store, clock: clock::Clock, regulation: Regulation, options: Options) -> Self {
        let calendar = Arc::new(RwLock::new(Arc::new(regulation.calendar.clone())));
        let prices = Arc::new(RwLock::new(Arc::new(regulation.prices.clone())));
        Self {
            store,
            clock,
            regulation: Arc::new(regulation),
            options: Arc::new(options),
            keys: Arc::default(),
            drivers: provisioning::Drivers::default(),
            calendar,
            prices,
        }
    }

    /// The same system over other connections to its database.
    pub(crate) fn over(&self, store: Store) -> Self {
        Self { store, drivers: provisioning::Drivers::default(), ..self.clone() }
    }

    /// 密钥 of this installation. Refuses where the folder is unreadable or readable by others.
    pub fn keys(&self) -> Result<&secrecy::Keys, AppError> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let opened = secrecy::Keys::open(&self.options.data_dir).map_err(|error| AppError::Fault(error.into()))?;
        Ok(self.keys.get_or_init(|| opened))
    }

    /// 工作日历 in force: the city's files, and what was imported since.
    pub fn calendar(&self) -> Arc<Calendar> {
        self.calendar.read().expect("no holder of this lock can panic").clone()
    }

    /// 最高限价: every dated price, the city's files and what was imported since.
    pub fn prices(&self) -> Arc<PriceList> {
        self.prices.read().expect("no holder of this lock can panic").clone()
    }

    /// Replaces the prices after an import.
    pub fn set_prices(&self, prices: PriceList) {
        *self.prices.write().expect("no holder of this lock can panic") = Arc::new(prices);
    }

    /// Replaces the calendar after an import.
    pub fn set_calendar(&self, calendar: Calendar) {
        *self.calendar.write().expect("no holder of this lock can panic") = Arc::new(calendar);
    }
}
