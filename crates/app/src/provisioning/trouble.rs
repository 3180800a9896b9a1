//! Why an operation does not go on, and whether trying again may help.

use drivers::DriverError;

/// What stands in the way.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub zh: String,
    pub en: String,
    pub again: Again,
}

/// Whether trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    /// So often, and then a person must look.
    Counted,
    /// As often as it takes: nothing can be done before the cloud answers again.
    Awaited,
    /// As often as it takes: the cloud is at work, and the driver sees to it that this ends.
    Uncounted,
}

impl Trouble {
    pub fn lasting(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into(), again: Again::Never }
    }
}

impl From<DriverError> for Trouble {
    fn from(error: DriverError) -> Self {
        let again = match error {
            DriverError::Away { .. } => Again::Awaited,
            DriverError::Underway { .. } => Again::Uncounted,
            DriverError::Retry { .. } | DriverError::Gone { .. } => Again::Counted,
            DriverError::Refused { .. } | DriverError::Bug { .. } => Again::Never,
        };
        Self { zh: error.zh(), en: error.to_string(), again }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cloud_is_at_work_on_and_a_cloud_that_is_away_cost_no_attempt() {
        for (error, again) in [
            (DriverError::underway("进行中", "at work"), Again::Uncounted),
            (DriverError::away("失联", "away"), Again::Awaited),
            (DriverError::retry("稍后", "busy"), Again::Counted),
            (DriverError::gone("server"), Again::Counted),
            (DriverError::refused("拒绝", "no"), Again::Never),
            (DriverError::bug("ours"), Again::Never),
        ] {
            assert_eq!(Trouble::from(error.clone()).again, again, "{error}");
        }
    }
}
