-- Personnel of a firm: employees and their managers, departments, posts, salary history, leave, timesheets and projects.

CREATE TABLE site (
    site_id integer PRIMARY KEY,
    city text NOT NULL,
    country text NOT NULL
);

CREATE TABLE dept (
    dept_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    parent_id integer REFERENCES dept (dept_id),
    site_id integer NOT NULL REFERENCES site,
    cost_centre text
);

CREATE TABLE post (
    post_id integer PRIMARY KEY,
    title text NOT NULL UNIQUE,
    grade integer NOT NULL CHECK (grade BETWEEN 1 AND 8),
    min_pay numeric(9, 2) NOT NULL,
    max_pay numeric(9, 2)
);

CREATE TABLE emp (
    emp_id integer PRIMARY KEY,
    full_name text NOT NULL,
    email text,
    birth_date date,
    hired_on date NOT NULL,
    left_on date,
    manager_id integer REFERENCES emp (emp_id)
);

CREATE TABLE emp_post (
    emp_id integer NOT NULL REFERENCES emp,
    valid_from date NOT NULL,
    valid_to date,
    post_id integer NOT NULL REFERENCES post,
    dept_id integer NOT NULL REFERENCES dept,
    PRIMARY KEY (emp_id, valid_from),
    CHECK (valid_to >= valid_from)
);

CREATE TABLE emp_salary (
    emp_id integer NOT NULL REFERENCES emp,
    valid_from date NOT NULL,
    valid_to date,
    amount numeric(9, 2) NOT NULL,
    reason text NOT NULL CHECK (reason IN ('hire', 'annual', 'promotion', 'correction')),
    PRIMARY KEY (emp_id, valid_from),
    CHECK (valid_to >= valid_from)
);

CREATE TABLE emp_leave (
    leave_id integer PRIMARY KEY,
    emp_id integer NOT NULL REFERENCES emp,
    kind text NOT NULL CHECK (kind IN ('vacation', 'sick', 'parental', 'unpaid')),
    first_day date NOT NULL,
    last_day date NOT NULL,
    status text NOT NULL CHECK (status IN ('requested', 'approved', 'refused')),
    approver_id integer REFERENCES emp (emp_id),
    CHECK (last_day >= first_day)
);

CREATE TABLE client (
    client_id integer PRIMARY KEY,
    name text NOT NULL,
    sector text
);

CREATE TABLE project (
    project_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    client_id integer REFERENCES client,
    lead_id integer REFERENCES emp (emp_id),
    start_on date NOT NULL,
    end_on date,
    budget_h integer
);

CREATE TABLE assignment (
    project_id integer NOT NULL REFERENCES project,
    emp_id integer NOT NULL REFERENCES emp,
    role text NOT NULL CHECK (role IN ('lead', 'member', 'advisor')),
    percent integer NOT NULL,
    PRIMARY KEY (project_id, emp_id)
);

CREATE TABLE timesheet (
    emp_id integer NOT NULL REFERENCES emp,
    work_day date NOT NULL,
    project_id integer NOT NULL REFERENCES project,
    hours numeric(4, 2) NOT NULL,
    note text,
    PRIMARY KEY (emp_id, work_day, project_id)
);

CREATE TABLE bank_holiday (
    country text NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (country, day)
);

COMMENT ON TABLE site IS 'Offices';
COMMENT ON TABLE dept IS 'Departments, some below another one';
COMMENT ON TABLE post IS 'Positions with their grade and pay band';
COMMENT ON TABLE emp IS 'Everybody employed now or formerly';
COMMENT ON TABLE emp_post IS 'History: which post an employee held in which department';
COMMENT ON TABLE emp_salary IS 'History of yearly salaries';
COMMENT ON TABLE emp_leave IS 'Absences, both days included';
COMMENT ON TABLE client IS 'Who orders projects';
COMMENT ON TABLE project IS 'Projects for clients or in house';
COMMENT ON TABLE assignment IS 'Who is on which project';
COMMENT ON TABLE timesheet IS 'Hours worked by employee, day and project';
COMMENT ON TABLE bank_holiday IS 'Public holidays by country';
COMMENT ON COLUMN dept.parent_id IS 'Department above; NULL at the top';
COMMENT ON COLUMN dept.cost_centre IS 'NULL if its costs are booked above';
COMMENT ON COLUMN post.grade IS '1 lowest to 8 highest';
COMMENT ON COLUMN post.min_pay IS 'Bottom of the pay band, euros a year';
COMMENT ON COLUMN post.max_pay IS 'Top of the pay band; NULL if open';
COMMENT ON COLUMN emp.left_on IS 'Last day of employment; NULL while employed';
COMMENT ON COLUMN emp.manager_id IS 'Present (or last) manager; NULL at the top';
COMMENT ON COLUMN emp_post.valid_to IS 'Last day it holds, included; NULL while it still holds';
COMMENT ON COLUMN emp_salary.valid_to IS 'Last day it holds, included; NULL while it still holds';
COMMENT ON COLUMN emp_salary.amount IS 'Euros a year';
COMMENT ON COLUMN emp_leave.approver_id IS 'Who decided; NULL while only requested';
COMMENT ON COLUMN project.client_id IS 'NULL for projects in house';
COMMENT ON COLUMN project.end_on IS 'Last day; NULL while it runs';
COMMENT ON COLUMN project.budget_h IS 'Hours budgeted; NULL without a budget';
COMMENT ON COLUMN assignment.percent IS 'Planned share of working time, in percent';
