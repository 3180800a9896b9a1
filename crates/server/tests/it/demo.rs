//! 演示城市: laid out by the commands people use, the same every time, with work for everybody.

use testkit::TestApp;

#[tokio::test]
async fn the_demonstration_city_is_laid_out() {
    let city = TestApp::start_demo().await;
    let begun = std::time::Instant::now();
    app::demo::lay_out(&city.app, &mut |text| println!("{text}")).await.unwrap_or_else(|error| panic!("{error:?}"));
    println!("laid out in {:?}", begun.elapsed());
    println!("{}", testkit_dump(&city).await);
}

async fn testkit_dump(city: &TestApp) -> String {
    let url = city.database().owner_url();
    let output = std::process::Command::new("psql")
        .arg(url)
        .args([
            "-c",
            "select state_code, count(*), min(number) from application group by 1 order by 2 desc",
            "-c",
            "select role, count(*), min(due_on) from task where done_at is null group by 1 order by 1",
            "-c",
            "select state_code, count(*) from change group by 1",
            "-c",
            "select state_code, count(*) from termination group by 1",
            "-c",
            "select number, state_code from usage_plan",
            "-c",
            "select state, count(*) from operation group by 1",
            "-c",
            "select phase, count(*) from resource group by 1",
            "-c",
            "select count(*) from audit_entry",
            "-c",
            "select count(*) from pool_item",
            "-c",
            "select role, count(*) from copy group by 1",
            "-c",
            "select state_code, count(*) from trial group by 1",
            "-c",
            "select state_code, count(*) from subscription group by 1",
        ])
        .output()
        .expect("psql");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
